import type { Mapped } from "../../core/mapping.ts";
import type { TargetResource, WriteResult } from "../../core/resources.ts";

/**
 * The target of opening counts. What needs no count, because both sides agree or the unit is not counted at all, is
 * recorded as counted without a write (product.md, 1.1).
 */
export function countTarget(target: TargetResource): TargetResource {
  return {
    ...target,
    create: async (payload) => (needsNoWrite(payload) ? uncounted(payload) : target.create(withoutOwn(payload))),
  };
}

function needsNoWrite({ counted, actual_quantity: actual, stock_before: before }: Mapped): boolean {
  return counted === false || actual === before;
}

/** An id of our own: the books have none for what was not written. */
function uncounted({ id }: Mapped): WriteResult {
  return { kind: "done", id: `none:${String(id)}` };
}

/** Fields that only say what was decided stay here. */
function withoutOwn({ counted: _counted, id: _id, look: _look, ...payload }: Mapped): Mapped {
  return payload;
}
