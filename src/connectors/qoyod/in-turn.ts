/** Runs work one after the other where two pieces of it share a name, such as two customers with one phone. */
export type InTurn = <Result>(names: readonly string[], work: () => Promise<Result>) => Promise<Result>;

/** Makes the order of one session. Names are taken at once, so that no two pieces wait for each other. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (names, work) => {
    const before = names.map((name) => last.get(name));
    const own = Promise.allSettled(before).then(work);
    for (const name of names) last.set(name, own);
    try {
      return await own;
    } finally {
      for (const name of names) if (last.get(name) === own) last.delete(name);
    }
  };
}
