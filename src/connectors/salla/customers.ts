import type { Door } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { ReadResult, SourceResource } from "../../core/resources.ts";
import { fieldsOf, readRecord } from "./fields.ts";
import { customerFields, type OrderCustomer } from "./orders.ts";
import { noPages } from "./units.ts";

/** A customer who has an account at the shop; guests have none. */
export interface Customer extends OrderCustomer {
  readonly id: string;
}

/** Customers that a session remembers of the orders it read. */
const rememberedMax = 5_000;

/** The customers of the orders that were read in this session. */
export interface SeenCustomers {
  note(customer: OrderCustomer | null): void;
  get(id: string): Customer | null;
}

export function createSeenCustomers(): SeenCustomers {
  const seen = new Map<string, Customer>();
  return {
    note: (customer) => {
      if (customer === null || customer.id === null) return;
      const [oldest] = seen.keys();
      if (seen.size >= rememberedMax && oldest !== undefined) seen.delete(oldest);
      seen.set(customer.id, { ...customer, id: customer.id });
    },
    get: (id) => seen.get(id) ?? null,
  };
}

/** Customers are read when an order refers to them: they are not listed. The order itself says who they are. */
export function customersSource(door: Door, seen: SeenCustomers): SourceResource<Customer, Customer> {
  return {
    name: "customers",
    idOf: ({ id }) => id,
    changedAt: () => 0,
    changedSince: noPages,
    read: async (ids) =>
      new Map(await Promise.all(ids.map(async (id) => [id, await readCustomer(door, seen, id)] as const))),
    batch: 1,
  };
}

async function readCustomer(door: Door, seen: SeenCustomers, id: string): Promise<ReadResult<Customer>> {
  const known = seen.get(id);
  if (known !== null) return { kind: "found", record: known };
  if (!/^\d{1,30}$/.test(id)) return { kind: "missing" };
  const result = await door.call({ method: "GET", path: `/customers/${id}`, repeat: "safe" });
  if (result.kind === "missing") return { kind: "missing" };
  if (result.kind !== "ok") return { kind: "unreadable", rejection: failed(result.message) };
  const reading = readRecord(customerFields, fieldsOf(result.body).data);
  if (reading.kind === "unreadable") return { kind: "unreadable", rejection: reading.unreadable.rejection };
  if (reading.row.id !== id)
    return { kind: "unreadable", rejection: failed(`asked for customer ${id}, got ${reading.row.id}`) };
  return { kind: "found", record: { ...reading.row, id } };
}

function failed(message: string): RecordRejected {
  return new RecordRejected("vendor-error", { vendor: "Salla", message });
}
