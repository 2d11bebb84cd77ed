/** What PostgreSQL and the network say when a connection ended under us: classes 08 and 57P, and socket errors. */
const lostCodes = /^(?:08\w{3}|57P0[1-5]|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/;
const lostWords =
  /connection terminated|connection ended|terminating connection|client has encountered a connection error/i;

/** Whether an error means that the database connection was lost, and not that a statement was wrong. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return lostCodes.test(code) || lostWords.test(error.message);
}

/** Does it once more when the connection was lost in between; only for what may be done twice. */
export async function againIfLost<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    return work();
  }
}
