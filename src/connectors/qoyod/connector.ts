import type { Connector, Door, Facts, Session } from "../../core/connector.ts";
import { advise } from "./advise.ts";
import { bookStock } from "./book-stock.ts";
import { calibrate } from "./calibrate.ts";
import { contactTarget } from "./contacts.ts";
import type { QoyodContext } from "./context.ts";
import { countTarget } from "./counts.ts";
import { creditNoteTarget } from "./credit-notes.ts";
import { createTurns } from "./in-turn.ts";
import { invoicePaymentTarget } from "./invoice-payments.ts";
import { invoiceTarget } from "./invoices.ts";
import { judgeAnswer } from "./judge.ts";
import { choices, lookUp, nameOf } from "./look-up.ts";
import { probe } from "./probe.ts";
import { productTarget } from "./products.ts";
import {
  apiUrl,
  budgetLimits,
  type QoyodSecrets,
  type QoyodSettings,
  qoyodSecrets,
  qoyodSettings,
} from "./settings.ts";

/** Invoices, credit notes and journals are slow; a client that reads them waits two minutes (vendor reference 2). */
const slowestAnswerMs = 120_000;
/** A key has no end of its own. */
const keyLifeMs = 10 * 365 * 86_400_000;

const hourMs = 3_600_000;

/** Qoyod, API 2.0: contacts, products, counts, invoices, payments and credit notes are written; stock is read. */
export const qoyod: Connector<QoyodSettings, QoyodSecrets> = {
  vendor: "qoyod",
  title: "Qoyod",
  settings: qoyodSettings,
  secrets: qoyodSecrets,
  privileges: ["the API key of one company (it has every right there; Qoyod knows no smaller ones)"],
  accountOf: (settings, { company }) => (typeof company === "string" ? `${apiUrl(settings)} ${company}` : null),
  advise,
  limits: budgetLimits,
  apiUrl,
  allowedHosts: (settings) => [new URL(apiUrl(settings)).host],
  headers: (token) => ({ "api-key": token, accept: "application/json" }),
  query: () => ({}),
  // The key is what every call carries; whether it is right, the first call tells.
  signIn: async ({ secrets, clock }) => ({ token: secrets.apiKey, expiresAt: clock.now() + keyLifeMs }),
  judge: judgeAnswer,
  judgesRedirects: true,
  slowestAnswerMs,
  observe: () => ({}),
  // Empty books tell little; and another link may begin to write into them (product.md, 1.2).
  looksAgainAfterMs: (facts) => (Object.values(facts).includes(null) ? 6 : 24) * hourMs,
  open: openSession,
};

function openSession(door: Door, { perPage }: QoyodSettings, facts: Facts): Session {
  const stock = bookStock({ door, perPage, facts });
  const context: QoyodContext = { door, perPage, facts, inTurn: createTurns(), stock };
  const targets = [
    contactTarget,
    productTarget,
    countTarget,
    invoiceTarget,
    invoicePaymentTarget,
    creditNoteTarget,
  ].map((target) => target(context));
  return {
    sources: {},
    targets: Object.fromEntries(targets.map((target) => [target.name, target])),
    bookStock: stock,
    clockAheadMs: () => door.clockAheadMs(),
    lookUp: (set) => lookUp(context, set),
    choices: (set) => choices(context, set),
    nameOf: (resource, id) => nameOf(context, resource, id),
    calibrate: (draft) => calibrate(context, draft),
    probe: () => probe(door),
  };
}
