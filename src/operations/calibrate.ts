import type { Session } from "../core/connector.ts";
import { InvalidInput, RetryLater } from "../core/errors.ts";
import type { Calibration, SetUp } from "../core/set-up.ts";
import type { Connection } from "../store/connections.ts";
import { connectionNamed, type Desk } from "./desk.ts";
import { proposeFor } from "./propose.ts";

/** Which books are asked how they calculate, and by what; what is left out is chosen as the proposal of settings does. */
export interface CalibrationRequest {
  readonly connection: string;
  readonly contact?: string | undefined;
  readonly location?: string | undefined;
  /** a product that nobody counts; a service of Mizan's own where it is left out */
  readonly product?: string | undefined;
  /** false: says what would be done, and writes nothing */
  readonly consent: boolean;
  readonly signal: AbortSignal;
}

/** What is done, or would be. */
export interface CalibrationView {
  readonly connection: string;
  readonly contact: string;
  readonly location: string;
  /** null: the service `sku` is looked for, and made where it is not there; it stays */
  readonly product: string | null;
  readonly sku: string;
  /** null: without consent nothing was done */
  readonly found: {
    readonly option: string;
    /** null: no known way of calculating comes to these numbers */
    readonly value: string | null;
    /** others that the numbers do not tell apart from it; totals are the same */
    readonly alike: readonly string[];
    readonly total: string | null;
    /** the draft that could not be deleted, and that a person must delete; null = nothing is left */
    readonly leftBehind: string | null;
  } | null;
}

/** Soon enough for a service whose making had no answer. */
const againMs = 60_000;

/**
 * Finds how the books calculate, by one draft invoice that is deleted again; only after a person agreed, because it shows
 * for a moment in live books (product.md, 1.2). Nothing is saved.
 * @throws {InvalidInput} {NeedsPerson} {RetryLater}
 */
export async function calibrate(desk: Desk, request: CalibrationRequest): Promise<CalibrationView> {
  const connection = await connectionNamed(desk, request.connection);
  const setUp = setUpOf(desk, connection);
  const { calibration } = setUp;
  const proposed = await proposeFor(desk, setUp, { target: connection }, request.signal);
  const options = new Map(proposed.flatMap(({ option, value }) => (value === null ? [] : [[option, value] as const])));
  const choose = (field: "contact" | "location", option: string): string => {
    const value = request[field] ?? options.get(option);
    if (value !== undefined) return value;
    const why = proposed.find((one) => one.option === option)?.why.en ?? "";
    throw new InvalidInput(field, `${field} is missing (${why}); give one with --${field} <id>`);
  };
  const service = calibration.service(options);
  const view = {
    connection: connection.name,
    contact: choose("contact", calibration.contactOption),
    location: choose("location", calibration.locationOption),
    product: request.product ?? null,
    sku: service.sku,
  };
  if (!request.consent) return { ...view, found: null };
  const given = { purpose: "person", signal: request.signal, overlay: {}, onCall: () => undefined } as const;
  const opened = await desk.openSession(connection, given);
  try {
    const product = view.product ?? (await serviceId(desk, opened.session, calibration, service));
    return { ...view, product, found: await draftOf(desk, opened.session, calibration, { ...view, product }) };
  } finally {
    await opened.close();
  }
}

function setUpOf(desk: Desk, { name, vendor }: Connection): SetUp {
  const found = [...desk.kinds.values()].find((kind) => kind.target === vendor && kind.setUp !== undefined)?.setUp;
  if (found === undefined)
    throw new InvalidInput(
      "connection",
      `${name} is a connection of ${desk.vendorTitle(vendor)}, which is not calibrated`,
    );
  return found;
}

async function draftOf(
  desk: Desk,
  session: Session,
  calibration: Calibration,
  {
    connection,
    contact,
    location,
    product,
  }: Pick<CalibrationView, "connection" | "contact" | "location"> & { readonly product: string },
): Promise<NonNullable<CalibrationView["found"]>> {
  if (session.calibrate === undefined) throw new Error("the connector cannot make a draft");
  const now = desk.clock.now();
  const reference = `MIZAN-CALIBRATION-${now}-${Math.floor(desk.random() * 1_000_000)}`;
  // A process that ends before the draft is deleted leaves it behind: it can be found by this.
  desk.log("info", "a draft is made and deleted again; where it stays, delete it by its reference", {
    connection,
    reference,
  });
  const amounts = await session.calibrate(
    calibration.draft({
      contactId: contact,
      productId: product,
      locationId: location,
      day: calibration.dayOf(now),
      reference,
    }),
  );
  const read = calibration.read(amounts);
  return {
    option: calibration.option,
    value: read?.value ?? null,
    alike: read?.alike ?? [],
    total: amounts.document.total ?? null,
    leftBehind: amounts.leftBehind,
  };
}

/** The service of the draft's lines: found by its SKU, else made. */
async function serviceId(
  desk: Desk,
  session: Session,
  { products }: Calibration,
  service: ReturnType<Calibration["service"]>,
): Promise<string> {
  const target = session.targets[products];
  if (target === undefined) throw new Error(`the connector has no ${products}`);
  const made = await target.create(service);
  if (made.kind === "done") return made.id;
  if (made.kind === "in-doubt") throw new RetryLater(new Date(desk.clock.now() + againMs), made.message);
  const why = "message" in made ? made.message : `several products have the SKU ${service.sku}`;
  throw new InvalidInput("product", `${why}; give a service with --product <id>`);
}
