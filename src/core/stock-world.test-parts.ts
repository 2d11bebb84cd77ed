/** For tests of the stock equation: who reckons by it, and who knows better. */
import { decimal } from "./decimal.ts";
import {
  historyCount,
  isHistory,
  openingCount,
  pastAfter,
  quantityToOffer,
  type Standing,
  unitsHeldBack,
} from "./stock-equation.ts";

export const units = ["a", "b"] as const;
type Unit = (typeof units)[number];
type Amounts = Record<Unit, number>;
const final = ["completed", "delivered", "canceled", "restored"];
const takenBack = ["canceled", "restored"];

interface ModelOrder {
  readonly id: number;
  readonly old: boolean;
  readonly carries: Partial<Amounts>;
  status: string;
  sentByHand: boolean;
  invoiced: boolean;
  /** as it was last noted; undefined = never seen */
  noted: { held: boolean; past: Standing["past"] } | undefined;
  /** changed since it was noted */
  moved: boolean;
  /** could not be read when it was noted last */
  unread: boolean;
  /** was read once, so that its units are known */
  known: boolean;
  readonly recounted: Set<Unit>;
  /** what a person said of its goods */
  excluded: "left" | "kept" | null;
  readonly countedOut: Set<Unit>;
  /** units that nobody claims because they were kept */
  readonly freed: Set<Unit>;
}

/** A shop, its books and the warehouse behind both, in one random history. */
export class World {
  readonly free: Amounts;
  readonly shop: Amounts;
  readonly books: Amounts = { a: 0, b: 0 };
  readonly countedAt: Partial<Amounts> = {};
  readonly orders: ModelOrder[] = [];
  readonly told: string[] = [];
  recounts = 0;
  exclusions = 0;
  unread = 0;
  /** how many of ten readings of an order fail between two passes */
  #fails = 2;
  #look = 0;
  #first = true;
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.free = { a: 5 + this.upTo(20), b: 5 + this.upTo(20) };
    this.shop = { ...this.free };
    const statuses = ["in_progress", ...final, "completed", "completed"];
    for (let count = this.upTo(7); count > 0; count -= 1) this.#add(true, statuses[this.upTo(6)] ?? "");
  }

  /** a whole number from 0 to the most */
  upTo(most: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * (most + 1));
  }

  /** something happens outside */
  step(): void {
    const kind = this.upTo(11);
    const order = this.orders[this.upTo(this.orders.length)];
    if (kind <= 2) this.#place();
    else if (kind === 3) this.#purchase();
    else if (kind === 4) this.#noteMoved();
    else if (kind === 10) this.#exclude(order);
    else if (kind === 11) this.#include(order);
    else if (order !== undefined && !order.invoiced && order.excluded !== "kept") {
      if (kind === 5) this.#become(order, takenBack[this.upTo(1)] ?? "");
      else if (kind === 6) this.#become(order, "in_progress");
      else if (kind === 7 && !takenBack.includes(order.status)) this.#become(order, "delivered");
      else if (!takenBack.includes(order.status)) {
        this.#become(order, "completed");
        order.sentByHand ||= kind === 9;
        if (this.upTo(1) === 0) this.#send(order);
      }
    }
  }

  /** one whole pass of every flow */
  pass(): void {
    this.#fails = 0;
    this.#noteMoved();
    for (const order of this.orders) this.#send(order);
    this.#noteMoved();
    for (const order of this.orders.filter(({ noted, invoiced }) => noted?.held === false && !invoiced))
      for (const unit of units) this.#countIn(order, unit);
    for (const unit of units) {
      if (this.countedAt[unit] !== undefined)
        this.shop[unit] = quantityToOffer(decimal(this.books[unit]), this.#heldBack(unit), 0);
    }
    this.#fails = 2;
  }

  #add(old: boolean, status: string): ModelOrder {
    const carries: Partial<Amounts> = {};
    for (const unit of units) if (this.upTo(2) > 0) carries[unit] = 1 + this.upTo(2);
    const rest = { status, sentByHand: false, invoiced: false, noted: undefined, moved: true };
    const reading = { unread: false, known: false };
    const order = { id: this.orders.length, old, carries, ...rest, recounted: new Set<Unit>() };
    const person = { excluded: null, countedOut: new Set<Unit>(), freed: new Set<Unit>() };
    return this.#remember({ ...order, ...reading, ...person });
  }

  #remember(order: ModelOrder): ModelOrder {
    this.orders.push(order);
    this.told.push(`${order.id} ${order.old ? "old " : ""}${order.status} ${JSON.stringify(order.carries)}`);
    return order;
  }

  #place(): void {
    const order = this.#add(false, "in_progress");
    if (units.every((unit) => this.shop[unit] >= (order.carries[unit] ?? 0))) this.#move(order, -1);
    else this.orders.pop();
  }

  #purchase(): void {
    const unit = units[this.upTo(1)] ?? "a";
    const count = 1 + this.upTo(4);
    this.free[unit] += count;
    // Before the first count the shop is where the merchant enters what came.
    if (this.countedAt[unit] === undefined) this.shop[unit] += count;
    else this.books[unit] += count;
    this.told.push(`${count} of ${unit} come`);
  }

  #become(order: ModelOrder, status: string): void {
    const [was, is] = [takenBack.includes(order.status), takenBack.includes(status)];
    if (was && !is && units.some((unit) => this.shop[unit] < (order.carries[unit] ?? 0))) return;
    if (was !== is) this.#move(order, is ? 1 : -1);
    order.status = status;
    order.moved = true;
    this.told.push(`${order.id} ${status}`);
  }

  #move(order: ModelOrder, sign: number): void {
    for (const unit of units) {
      this.free[unit] += sign * (order.carries[unit] ?? 0);
      this.shop[unit] += sign * (order.carries[unit] ?? 0);
    }
  }

  #noteMoved(): void {
    const left = ["completed", "delivered"];
    const listed = (order: ModelOrder) => !this.#first || !order.old || !left.includes(order.status);
    for (const order of this.orders) if (order.unread || (order.moved && listed(order))) this.#note(order, this.#fails);
    // What was not listed is read only once it moves again.
    if (this.#first) for (const order of this.orders) order.moved &&= !order.old && order.noted === undefined;
    this.#first = false;
  }

  #note(order: ModelOrder, fails = 0): void {
    this.#look += 1;
    const held = !takenBack.includes(order.status);
    // While one that was past before cannot be read, nothing is counted: nothing is to be reckoned then.
    const mayFail = order.noted?.past?.until == null;
    order.unread = fails > 0 && mayFail && this.upTo(9) < fails;
    order.known ||= !order.unread;
    if (order.unread) this.unread += 1;
    const now = {
      held,
      early: order.old,
      final: final.includes(order.status),
      outside: order.unread || order.excluded === "left",
    };
    const look = { number: this.#look, first: this.#first };
    order.noted = { held, past: pastAfter(look, now, order.noted?.past) };
    order.moved = false;
  }

  #exclude(order: ModelOrder | undefined): void {
    if (order === undefined || order.invoiced || order.excluded !== null || takenBack.includes(order.status)) return;
    this.#noteMoved();
    this.#note(order);
    const holds = (unit: Unit) => this.countedAt[unit] !== undefined && this.#holds(order, unit);
    const counted = units.filter((unit) => order.carries[unit] !== undefined && holds(unit));
    const goods = this.upTo(1) === 0 ? "left" : "kept";
    if (goods === "left" && counted.some((unit) => this.books[unit] < (order.carries[unit] ?? 0))) return;
    // What was counted in for it cannot be counted in once more: a person counts it out by hand.
    if (goods === "left" && order.recounted.size > 0) return;
    this.told.push(`${order.id} excluded, ${goods}`);
    this.exclusions += 1;
    order.excluded = goods;
    if (goods === "kept") for (const unit of counted) this.#free(order, unit);
    else {
      for (const unit of counted) this.books[unit] -= order.carries[unit] ?? 0;
      for (const unit of counted) order.countedOut.add(unit);
      this.#look += 1;
      order.noted = { held: true, past: { from: order.noted?.past?.from ?? this.#look, until: null } };
    }
  }

  #include(order: ModelOrder | undefined): void {
    if (order === undefined || order.excluded === null || order.countedOut.size > 0) return;
    if ([...order.freed].some((unit) => this.free[unit] < (order.carries[unit] ?? 0))) return;
    for (const unit of order.freed) this.free[unit] -= order.carries[unit] ?? 0;
    order.freed.clear();
    order.excluded = null;
    this.told.push(`${order.id} included`);
    // Until this pass the shop offers what is claimed again.
    this.pass();
  }

  /** Kept, and in the books: nobody claims it any more. */
  #free(order: ModelOrder, unit: Unit): void {
    this.free[unit] += order.carries[unit] ?? 0;
    order.freed.add(unit);
  }

  /** the books have units of the order that it holds back */
  #holds(order: ModelOrder, unit: Unit): boolean {
    return order.noted?.held === true && !isHistory(this.#standing(order, unit), this.countedAt[unit] ?? this.#look);
  }

  #send(order: ModelOrder): void {
    if (order.excluded !== null) return;
    if (order.status !== "completed" || order.invoiced || (order.old && !order.sentByHand)) return;
    this.#noteMoved();
    this.#note(order);
    this.#look += 1;
    const past = order.noted?.past;
    if (past != null) order.noted = { held: true, past: { ...past, until: past.until ?? this.#look } };
    for (const unit of units) if (order.carries[unit] !== undefined) this.#count(order, unit);
    if (units.some((unit) => this.books[unit] < (order.carries[unit] ?? 0))) return;
    for (const unit of units) this.books[unit] -= order.carries[unit] ?? 0;
    order.invoiced = true;
    this.told.push(`${order.id} invoiced`);
  }

  #count(order: ModelOrder, unit: Unit): void {
    if (this.countedAt[unit] !== undefined) {
      this.#countIn(order, unit);
      return;
    }
    this.books[unit] = openingCount(decimal(this.shop[unit]), this.#heldBack(unit)).toNumber();
    this.countedAt[unit] = this.#look;
    for (const one of this.orders)
      if (one.excluded === "kept" && one.carries[unit] !== undefined && this.#holds(one, unit)) this.#free(one, unit);
    this.told.push(`${unit} counted ${this.books[unit]} for ${order.id}`);
  }

  #countIn(order: ModelOrder, unit: Unit): void {
    const quantity = order.carries[unit];
    const countedAt = this.countedAt[unit];
    if (quantity === undefined || countedAt === undefined) return;
    if (!isHistory(this.#standing(order, unit), countedAt)) return;
    this.books[unit] = historyCount(decimal(this.books[unit]), quantity).toNumber();
    order.recounted.add(unit);
    this.recounts += 1;
    this.told.push(`${quantity} of ${unit} counted in for ${order.id}`);
  }

  #standing({ noted, recounted, excluded, countedOut }: ModelOrder, unit: Unit): Standing {
    const standing = { held: noted?.held ?? false, past: noted?.past ?? null, recounted: recounted.has(unit) };
    if (countedOut.has(unit)) return { ...standing, excluded: "counted-out" };
    return excluded === "kept" && this.countedAt[unit] !== undefined
      ? { ...standing, excluded: "offered-again" }
      : standing;
  }

  #heldBack(unit: Unit): number {
    const countedAt = this.countedAt[unit] ?? this.#look;
    return this.orders
      .filter(({ invoiced, noted, known }) => !invoiced && noted !== undefined && known)
      .map((order) => unitsHeldBack(order.carries[unit] ?? 0, this.#standing(order, unit), countedAt))
      .reduce((sum, one) => sum + one, 0);
  }
}
