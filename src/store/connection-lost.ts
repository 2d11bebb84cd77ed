/** What PostgreSQL and the network say when a connection ended under us or is not to be had: 08, 53300, 57P, socket errors. */
const lostCodes = /^(?:08\w{3}|53300|57P0[1-5]|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/;
const lostWords =
  /connection terminated|connection ended|terminating connection|client has encountered a connection error|timeout exceeded when trying to connect/i;

/** Whether an error means that the database connection was lost or not to be had, and not that a statement was wrong. */
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
