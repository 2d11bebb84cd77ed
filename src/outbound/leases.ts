/** Something that several holders use together for as long as one of them holds it. */
interface Lease<Value> {
  readonly value: Value;
  /** gives it back; the last holder's release ends it */
  release(): void;
}

/** Makes a register of values that are held by an owner object and a key; it keeps no owner alive. */
export function createLeases<Value>(): (owner: object, key: string, make: () => Value) => Lease<Value> {
  const held = new WeakMap<object, Map<string, { value: Value; holders: number }>>();
  return (owner, key, make) => {
    const ofOwner = held.get(owner) ?? new Map<string, { value: Value; holders: number }>();
    held.set(owner, ofOwner);
    const entry = ofOwner.get(key) ?? { value: make(), holders: 0 };
    ofOwner.set(key, entry);
    entry.holders += 1;
    let released = false;
    return {
      value: entry.value,
      release() {
        if (released) return;
        released = true;
        entry.holders -= 1;
        if (entry.holders === 0) ofOwner.delete(key);
      },
    };
  };
}
