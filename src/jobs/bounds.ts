/** Every bound of the jobs has a name (architecture, law 9). The unit ends the name. */
export const bounds = {
  /** runs at the same time in one process: mostly they wait for vendors, and a webhook must not wait for them */
  concurrency: 8,
  /**
   * runs of one group at the same time: the flows of an integration share the vendors' budgets and refer to each other's
   * records; its exports are a group of their own, because they must not wait behind a long sync
   */
  runsPerGroup: 1,
  /** how often each process looks for flows that are due; spread by half of it either way */
  tickMs: 1_000,
  /** due flows claimed in one transaction */
  claimedTogether: 500,
  /** how often a process looks for queued runs when nothing wakes it */
  pollMs: 1_000,
  /** a run whose process has not been heard of for so long goes to another; the job engine takes no less than 10 */
  heartbeatSeconds: 10,
  touchMs: 3_000,
  /** how often lost processes are looked for and finished jobs are cleared away */
  monitorSeconds: 1,
  clearingSeconds: 60,
  queueCacheSeconds: 3,
  /** a run that failed by our own fault or by a lost database is tried so often, then waits for its next time */
  retries: 5,
  firstRetrySeconds: 1,
  longestRetrySeconds: 300,
  /** a run may go on for so long, the longest that the job engine allows; then it starts again behind its cursor */
  longestRunSeconds: 86_400,
  /** finished jobs are kept for so long; what runs did stays in the runs */
  keptSeconds: 3_600,
  /** a queued run that nobody took for so long after its time is forgotten; the schedule queues another */
  queuedSeconds: 14 * 86_400,
  /** the least pause before a run that follows from another, so that no pair of runs can spin */
  soonestMs: 1_000,
  /** pause before a run that found its flow held is taken again, unless the holder's lease ends before */
  heldMs: 2_000,
  /** how often a wish is offered again when the queued run that it met was taken up just then */
  offers: 3,
  /** webhooks taken up in one transaction, and how long the first waits for those that come with it: longer under load */
  deliveriesTogether: 200,
  gatherMs: 5,
  longestGatherMs: 1_000,
  /** a record that was announced and taken up is taken up again no earlier than after this pause */
  sameRecordMs: 1_000,
  /** pauses before a webhook that could not be taken up is tried again, and after how long it is given up */
  deliveryRetryMs: 2_000,
  deliveryLongestRetryMs: 3_600_000,
  deliveryTriedMs: 24 * 3_600_000,
  /** handled webhooks are kept for so long, longer than one is taken for fresh, and so many of a connection */
  deliveryKeptMs: 7 * 24 * 3_600_000,
  deliveriesKept: 20_000,
  /** how often those beyond are cleared away */
  deliveriesClearedMs: 600_000,
  /** a stop waits for runs to come to a record boundary, then for the job engine to let go */
  stopMs: 20_000,
  engineStopMs: 5_000,
  /** pause before a lost notification connection is opened again */
  reconnectMs: 1_000,
} as const;
