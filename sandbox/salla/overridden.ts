import { type Fields, isFields } from "../wire.ts";

/** Fields with others put over them, deep into objects: how a merchant of the sandbox shows what is not true. */
export function overridden(shown: Fields, overrides: Fields): Fields {
  const result: Fields = { ...shown };
  for (const [name, value] of Object.entries(overrides)) {
    const under = result[name];
    result[name] = isFields(value) && isFields(under) ? overridden(under, value) : value;
  }
  return result;
}
