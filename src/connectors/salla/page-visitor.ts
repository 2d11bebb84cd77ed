import { later } from "../../core/clock.ts";
import type { PageCheck, PageVisitor } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { fieldsOf, recordId } from "./fields.ts";
import { readMoment } from "./moments.ts";
import type { SallaSettings } from "./settings.ts";

const soonMs = 5_000;
/** Answers that say nothing of the token: Salla is down, or takes nobody's questions for now. */
const unanswering: ReadonlySet<number> = new Set([403, 408, 429]);

/** Pages that Salla's dashboard shows in a frame, with a short-lived token in their address (README, "The embedded page"). */
export const sallaPages: PageCheck<SallaSettings> = {
  appOf: ({ appId }, facts) => appId ?? (typeof facts.appId === "string" ? facts.appId : null),
  visitorOf: async ({ settings, app, token, clock }, send) => {
    const url = `${new URL(settings.apiUrl).origin}/exchange-authority/v1/introspect`;
    const { status, body } = await send({ url, headers: { "s-source": app }, json: { token } });
    const isRefused = status >= 400 && status < 500 && !unanswering.has(status);
    if (isRefused || fieldsOf(body).success === false) return null;
    const visitor = status >= 200 && status < 300 ? readVisitor(fieldsOf(body).data) : null;
    if (visitor === null)
      throw new RetryLater(later(clock, soonMs), `Salla answered HTTP ${status} when it was asked whose page it is`);
    return visitor.until > clock.now() ? visitor : null;
  },
};

/** Who, and until when; null where one of the two is not said. */
function readVisitor(data: unknown): PageVisitor | null {
  const { merchant_id, exp } = fieldsOf(data);
  const merchant = recordId.safeParse(merchant_id);
  const until = momentOf(exp);
  return merchant.success && until !== null ? { account: merchant.data, until } : null;
}

/** The docs show a text; clients read seconds too. */
function momentOf(exp: unknown): number | null {
  const seconds = typeof exp === "number" || (typeof exp === "string" && /^\d{1,12}$/.test(exp)) ? Number(exp) : null;
  return seconds === null ? readMoment(exp) : seconds * 1000;
}
