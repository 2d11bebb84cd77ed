/** Every bound of the engine has a name (architecture, law 9). Milliseconds where the name ends in Ms. */
export const bounds = {
  /** how long a run may stay silent before another process takes it up */
  leaseMs: 10_000,
  leaseRenewalMs: 3_000,
  /** writes whose intents are stored, sent and confirmed together; after a crash at most `most` are in doubt */
  wave: { least: 16, most: 128, fastMs: 250, slowMs: 2_000, silent: 8 },
  /** reads of a page that may fail while none comes, before the rest of the page is put off unasked */
  failedReads: 3,
  /** full records read at once, in groups of the resource's own batch size */
  readsTogether: 8,
  /** due records taken up at once */
  duePage: 100,
  /** doubtful writes searched with one listing */
  doubtfulPage: 100,
  /** records that disappeared and are settled by themselves in one pass: `share` of all, or `least` */
  vanishedAtOnce: { share: 0.1, least: 1 },
  /** a record that was stored so long after its last change was read after the whole second of that change */
  settledAfterMs: 5 * 60_000,
  /** the runs by which the usual cost of a flow is judged, or those of a day where they are more; what is assumed without any */
  ratedRuns: 24,
  unratedCalls: 2,
  /** days of runs by which the average cost of a flow is judged that reads what changed: no day is like the one before */
  averagedDays: 7,
  /** a stretched sweep goes back to its own interval when so much more can be carried than it needs */
  stretchSlack: 1.1,
  longestStretchMinutes: 1_440,
  /** windows of a backfill in days and rows; rows taken between two looks at the day's calls; calls left over a day at least, and as a share */
  history: {
    firstDays: 31,
    mostDays: 1_000,
    fewRows: 1_000,
    manyRows: 4_000,
    rowsTogether: 50,
    spareCalls: 10,
    spareShare: 0.005,
    afterResetMs: 1_000,
    /** a day is looked at so often: what the regular flows turned out not to need is spent on the same day */
    looksPerDay: 4,
    afterFailureMs: 600_000,
  },
  /** a pass starts so much before the last one began, against clocks that differ and rows that appear late */
  overlapMs: 10 * 60_000,
  /** the longest a vendor is known to work on a write whose answer was lost; a setting of the target connection */
  longestWorkMs: 180_000,
  /** by how much the clocks of two processes are trusted to agree; a search of another process counts only after it */
  clocksDifferMs: 3_600_000,
  /** searches that must come back empty before a doubtful create counts as not done */
  emptySearches: 2,
  /** when several records match a doubtful create, a person decides; Mizan looks again after this */
  ambiguousSearchMs: 24 * 3_600_000,
  /** full records kept in one run for the flows that follow it */
  recentRecords: 500,
  /** opening counts read together, and how often a double reading is tried before stock counts as moving */
  countsTogether: 20,
  countLooks: 5,
  stockMovesMs: 60_000,
  /** looks of a second for as long as others work on the stock of an integration; after so many the run goes on later */
  stockLooks: 600,
  stockHeldMs: 60_000,
  /** a record that was read so soon after its last change, told in whole seconds, is read once more */
  sameSecondMs: 2_000,
  /** orders that hold goods back and were not read for so long are asked for, a few in each pass over the stock */
  silentOrders: { afterMs: 24 * 3_600_000, most: 20 },
  /** counted units looked at together, and quantities written under one hold of the stock lock */
  levelsTogether: 500,
  offersTogether: 50,
  /** a quantity that was taken by the shop is read back after this */
  readBackMs: 60_000,
  /** first pause before a waiting record is tried again by itself, doubled each time up to the longest */
  firstRetryMs: 3_600_000,
  longestRetryMs: 24 * 3_600_000,
} as const;
