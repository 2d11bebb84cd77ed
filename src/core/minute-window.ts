/** The sliding minute of a budget, kept as calls by slot: a slot is a hundredth of the minute. */

const slotsPerMinute = 100;

/** The slots that count now. Two more than a minute holds: the running one, and one for the way to the vendor. */
export function windowAt(minuteMs: number, now: number) {
  const slotMs = Math.max(1, Math.ceil(minuteMs / slotsPerMinute));
  const current = Math.floor(now / slotMs);
  const count = Math.ceil(minuteMs / slotMs) + 2;
  return { slotMs, current, count, oldest: current - count + 1 };
}

/** How many calls may leave now and how many be booked in advance, and when the next one may where none may now. */
export function minuteRoom(
  state: { readonly slots: Readonly<Record<string, number>>; readonly pace: number },
  { perMinute, minuteMs }: { readonly perMinute: number; readonly minuteMs: number },
  now: number,
) {
  const { slotMs, current, count } = windowAt(minuteMs, now);
  const limit = Math.max(1, Math.floor(perMinute * state.pace));
  const slots = Object.entries(state.slots).map(([slot, calls]) => ({ slot: Number(slot), calls }));
  const used = slots.reduce((sum, { calls }) => sum + calls, 0);

  // The next call can leave when enough of the oldest slots have left the window, counting it as full.
  let left = Math.max(used, limit);
  let leaving = current;
  for (const { slot, calls } of slots.sort((a, b) => a.slot - b.slot)) {
    leaving = slot;
    left -= calls;
    if (left < limit) break;
  }
  const spare = Math.min(Math.floor(limit / 1_000), Math.floor(limit / 10) - used);
  return { room: Math.max(0, limit - used), spare, retryAt: (leaving + count) * slotMs };
}
