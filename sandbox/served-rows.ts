import { oneOf } from "./seeded-random.ts";
import type { Random, WireAnswer, WireRequest } from "./wire.ts";

const MAX_REMEMBERED_LISTINGS = 50;

/** Remembers which rows the last page of each listing showed, so that a shift strikes a row that was already served. */
interface ServedRows {
  /** @param rowIds finds ids in the body; the first group is the id. */
  remember(request: WireRequest, answer: WireAnswer, rowIds: RegExp): void;
  /** A row of the page served before; undefined when nothing was served yet. */
  choose(request: WireRequest, random: Random): string | undefined;
}

export function createServedRows(): ServedRows {
  const served = new Map<string, string[]>();
  return {
    remember: (request, answer, rowIds) => {
      if (request.method !== "GET" || answer === "cut" || answer.status !== 200) return;
      const ids = [...answer.body.matchAll(rowIds)];
      if (served.size >= MAX_REMEMBERED_LISTINGS) served.clear();
      served.set(
        request.path,
        ids.map(([, id = ""]) => id),
      );
    },
    choose: (request, random) => {
      const [first, ...rest] = served.get(request.path) ?? [];
      return first === undefined ? undefined : oneOf(random, [first, ...rest]);
    },
  };
}
