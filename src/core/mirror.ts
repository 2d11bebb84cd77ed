/** A copy of a vendor's list, kept for a connection and searched by keys that the vendor cannot be asked for. */

/** One record of the list with the keys it is found by. */
export interface MirroredRecord {
  readonly id: string;
  readonly keys: readonly string[];
  readonly row: Readonly<Record<string, unknown>>;
}

/** How far a copy reaches, in the vendor's time, milliseconds since 1970. */
export interface MirrorState {
  /** changes up to here are in it */
  readonly readUntil: number;
  /** when the whole list was read last: what was deleted since is in it still */
  readonly wholeAt: number;
}

export interface Mirror {
  /** null = the list was never read */
  state(): Promise<MirrorState | null>;
  /** The whole list, in place of what was known. */
  replace(records: readonly MirroredRecord[], readUntil: number): Promise<void>;
  /** What is new or has changed. @param readUntil left out: no more of the list is known by it */
  add(records: readonly MirroredRecord[], readUntil?: number): Promise<void>;
  remove(id: string): Promise<void>;
  /** Every record that has one of the keys. */
  find(keys: readonly string[]): Promise<readonly MirroredRecord[]>;
}

/** A copy that lasts as long as its session. */
export function memoryMirror(): Mirror {
  let state: MirrorState | null = null;
  const known = new Map<string, MirroredRecord>();
  const keep = (records: readonly MirroredRecord[]) => {
    for (const record of records) known.set(record.id, record);
  };
  return {
    state: async () => state,
    replace: async (records, readUntil) => {
      known.clear();
      keep(records);
      state = { readUntil, wholeAt: readUntil };
    },
    add: async (records, readUntil) => {
      keep(records);
      if (state !== null && readUntil !== undefined) state = { ...state, readUntil };
    },
    remove: async (id) => {
      known.delete(id);
    },
    find: async (keys) => [...known.values()].filter((record) => record.keys.some((key) => keys.includes(key))),
  };
}
