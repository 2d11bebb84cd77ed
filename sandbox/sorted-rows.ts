/** A record that a stand-in keeps. */
interface Kept<Id> {
  readonly id: Id;
}

/** One order of the rows: the same name always comes with the same comparison, which never calls two rows equal. */
interface Order<Row> {
  readonly name: string;
  compare(left: Row, right: Row): number;
}

/** The rows of a table as listings ask for them, kept up to date by what changes instead of made anew for every page. */
export interface SortedRows<Row> {
  /** Must be called after a row was added, changed or taken away, before anything is listed again. */
  changed(row: Row): void;
  /**
   * The rows that pass, in an order. To be used at once: they move with the next change.
   * @param question names order and test together: the same text always means the same rows.
   */
  passing(question: string, order: Order<Row>, test: ((row: Row) => boolean) | undefined): readonly Row[];
}

const MAX_KEPT = 12;
/** Up to so many changed rows are put in place one by one; for more, sorting a nearly sorted list is quicker. */
const MAX_PLACED_SINGLY = 64;
/** After so many changes that nobody listed, the rows are let go. */
const MAX_STALE = 5000;

/** The rows that pass a test, in an order, but for those that changed since. */
interface Arranged<Row> {
  readonly rows: Row[];
  readonly stale: Set<Row>;
  readonly compare: (left: Row, right: Row) => number;
  readonly belongs: (row: Row) => boolean;
}

/** Makes the orders of the rows of a table; what the map holds is what exists. */
export function createSortedRows<Id, Row extends Kept<Id>>(table: ReadonlyMap<Id, Row>): SortedRows<Row> {
  const orders = new Map<string, Arranged<Row>>();
  const answers = new Map<string, Arranged<Row>>();
  const isKept = (row: Row) => table.get(row.id) === row;
  const inOrder = ({ name, compare }: Order<Row>): readonly Row[] => {
    const make = () => ({ rows: [...table.values()].sort(compare), stale: new Set<Row>(), compare, belongs: isKept });
    return upToDate(orders, name, make);
  };
  return {
    changed: (row) => {
      noteChange(orders, row);
      noteChange(answers, row);
    },
    passing: (question, order, test) => {
      if (test === undefined) return inOrder(order);
      return upToDate(answers, question, () => ({
        rows: inOrder(order).filter(test),
        stale: new Set<Row>(),
        compare: order.compare,
        belongs: (row) => isKept(row) && test(row),
      }));
    },
  };
}

function noteChange<Row>(all: Map<string, Arranged<Row>>, row: Row): void {
  for (const [name, { stale }] of all) {
    stale.add(row);
    if (stale.size > MAX_STALE) all.delete(name);
  }
}

function upToDate<Row>(all: Map<string, Arranged<Row>>, name: string, make: () => Arranged<Row>): readonly Row[] {
  const arranged = all.get(name) ?? make();
  // What was used last is forgotten last.
  all.delete(name);
  all.set(name, arranged);
  if (all.size > MAX_KEPT) all.delete(all.keys().next().value ?? "");
  if (arranged.stale.size > MAX_PLACED_SINGLY) rearrange(arranged);
  else if (arranged.stale.size > 0) replace(arranged);
  arranged.stale.clear();
  return arranged.rows;
}

/** Puts many changed rows where they belong now. */
function rearrange<Row>({ rows, stale, compare, belongs }: Arranged<Row>): void {
  const unchanged = rows.filter((row) => !stale.has(row));
  rows.length = 0;
  for (const row of unchanged) rows.push(row);
  for (const row of stale) if (belongs(row)) rows.push(row);
  rows.sort(compare);
}

/** Puts a few changed rows where they belong now: all are taken out first, because one out of order misleads the search. */
function replace<Row>({ rows, stale, compare, belongs }: Arranged<Row>): void {
  for (const row of stale) {
    const at = rows.indexOf(row);
    if (at >= 0) rows.splice(at, 1);
  }
  for (const row of stale) if (belongs(row)) rows.splice(placeOf(rows, row, compare), 0, row);
}

function placeOf<Row>(rows: readonly Row[], row: Row, compare: (left: Row, right: Row) => number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = rows[middle];
    if (other !== undefined && compare(other, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
