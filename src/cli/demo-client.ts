import { request } from "node:http";
import type { WhyAnswer } from "../api/contract.ts";
import { InvalidInput } from "../core/errors.ts";

/** A caller of Mizan's API. */
export interface DemoClient {
  /** @throws {Error} with the API's own words when it refuses */
  call<Answer>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
}

export function demoClient(url: string, key: string): DemoClient {
  return { call: (method, path, body) => callJson(`${url}${path}`, { method, body, key }) };
}

/** One record's story, named as `integration/flow/source id`. */
export async function storyOf(client: DemoClient, record: string): Promise<WhyAnswer["stories"][number]> {
  const path = `/v1/records/why?record=${encodeURIComponent(record)}`;
  const [story] = (await client.call<WhyAnswer>("GET", path)).stories;
  if (story === undefined) throw new Error(`there is no record ${record}`);
  return story;
}

/**
 * Sends and receives JSON without any time limit: a sync that is waited for answers when it is over, and `fetch` would
 * give up after five minutes.
 * @param input what a person gave for this call: when it is refused with 400, that is to blame
 * @throws {InvalidInput} in the answer's own words
 */
export function callJson<Answer>(
  url: string,
  { method, body, key, input }: { method: string; body?: unknown; key?: string; input?: string },
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request(
    url,
    {
      method,
      agent: false,
      headers: {
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    },
    (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () => {
        const words = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 500) < 400) resolve((words === "" ? undefined : JSON.parse(words)) as Answer);
        else if (answer.statusCode === 400 && input !== undefined)
          reject(new InvalidInput(input, `${input}: ${refusalOf(words)}`));
        else reject(new Error(`${method} ${new URL(url).pathname} answered ${answer.statusCode}: ${words}`));
      });
    },
  );
  call.once("error", reject);
  call.end(text);
  return promise;
}

/** The sentence in `{"error": "…"}`; the whole answer where there is none. */
function refusalOf(words: string): string {
  try {
    const { error } = Object(JSON.parse(words)) as { error?: unknown };
    return typeof error === "string" ? error : words;
  } catch {
    return words;
  }
}
