import type { Clock } from "../core/clock.ts";
import type { AccessToken, Connector, RawAnswer, SignInRequest } from "../core/connector.ts";
import { NeedsPerson, type PersonAction, RetryLater } from "../core/errors.ts";
import type { CallReport } from "./log.ts";
import type { Redactor } from "./redact.ts";
import { createSignInSend } from "./sign-in.ts";
import type { Renewal } from "./token-keeper.ts";
import { defaultTransport, type Transport } from "./transport.ts";

/** How long ahead of its end a token is renewed whose renewal works once, so that there is time for what goes wrong. */
const aheadMs = 86_400_000;

/** What signing in is made of. */
interface RenewalOptions<Settings, Secrets> {
  readonly connector: Connector<Settings, Secrets>;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly transport?: Transport;
  readonly onCall?: (report: CallReport) => void;
}

type Send = (request: SignInRequest) => Promise<RawAnswer>;

/**
 * Makes the way in which one connection's token is renewed. Where what signs in works once, the secrets are those that the
 * vault reads under its lock, and the vault is told before anything leaves.
 */
export function createRenewal<Settings, Secrets>(
  options: RenewalOptions<Settings, Secrets>,
  redactor: Redactor,
): Renewal {
  const { connector, clock } = options;
  const send = sendOf(options);
  const signIn = createSignIn(options, redactor.text);
  if (connector.signInOnce !== true)
    return (vault, connectionId, { token }) => vault.renew(connectionId, token, () => signIn(options.secrets, send));

  return (vault, connectionId, stale) =>
    vault.renewOnce(connectionId, { ...stale, vendor: connector.title }, async ({ secrets, leaving }) => {
      redactor.addAll(secrets);
      const fresh = await signIn(connector.secrets.parse(secrets), async (request) => {
        await leaving();
        return await send(request);
      });
      redactor.addAll(fresh.renewedSecrets);
      return { ...fresh, renewAt: renewAt(fresh, clock.now()) };
    });
}

/** A day ahead of the end, or after half of a shorter life. */
function renewAt({ expiresAt }: AccessToken, now: number): number {
  return Math.max(expiresAt - aheadMs, now + Math.floor((expiresAt - now) / 2));
}

function sendOf<Settings, Secrets>({
  connector,
  settings,
  clock,
  transport,
  onCall,
}: RenewalOptions<Settings, Secrets>): Send {
  return createSignInSend({
    vendor: connector.vendor,
    title: connector.title,
    allowedHosts: connector.allowedHosts(settings),
    transport: transport ?? defaultTransport,
    clock,
    ...(onCall && { onCall }),
  });
}

function createSignIn<Settings, Secrets>(
  { connector, settings, clock }: RenewalOptions<Settings, Secrets>,
  redact: (text: string) => string,
) {
  return async (secrets: Secrets, send: Send): Promise<AccessToken> => {
    try {
      return await connector.signIn({ settings, secrets, clock }, send);
    } catch (error) {
      // What the accounts server answered may repeat what it was sent.
      const message = error instanceof Error ? redact(error.message) : "";
      if (error instanceof NeedsPerson) throw new NeedsPerson(redactAction(error.action, redact), message);
      if (error instanceof RetryLater) throw new RetryLater(error.after, message, { inDoubt: error.inDoubt });
      throw error;
    }
  };
}

/** What a person must do, without the secrets that its words may repeat. */
export function redactAction(action: PersonAction, redact: (text: string) => string): PersonAction {
  const parameters = Object.entries(action.parameters).map(([name, value]) => [name, redact(value)]);
  return { code: action.code, parameters: Object.fromEntries(parameters) };
}
