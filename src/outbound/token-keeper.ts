import type { Clock } from "../core/clock.ts";
import type { AccessToken } from "../core/connector.ts";
import type { TokenVault } from "../core/ledger.ts";

/** A token is renewed this long before it ends, so that none ends on its way to the vendor. */
const renewBeforeMs = 60_000;

/** One connection's access token in one process; all processes share the vault behind it. */
export class TokenKeeper {
  readonly #connectionId: number;
  readonly #vault: TokenVault;
  readonly #clock: Clock;
  /** may change while the keeper lives, when a person connects again */
  signIn: () => Promise<AccessToken>;
  #kept: { readonly token: string; readonly useUntil: number } | null = null;
  #renewal: Promise<string> | null = null;

  constructor(connectionId: number, vault: TokenVault, clock: Clock, signIn: () => Promise<AccessToken>) {
    this.#connectionId = connectionId;
    this.#vault = vault;
    this.#clock = clock;
    this.signIn = signIn;
  }

  /** The token at hand, or null when `get` has to fetch one. */
  atHand(): string | null {
    return this.#kept !== null && this.#clock.now() < this.#kept.useUntil ? this.#kept.token : null;
  }

  /** A token with some life left. @throws what signing in throws */
  get(): Promise<string> {
    return this.#once(async () => {
      const stored = await this.#vault.current(this.#connectionId);
      if (stored !== null && stored.expiresAt - renewBeforeMs > this.#clock.now()) {
        return this.#keep(stored, stored.expiresAt - renewBeforeMs);
      }
      return await this.#renew(stored?.token ?? null);
    });
  }

  /** Another token than `refused`, which the vendor no longer takes. @throws what signing in throws */
  async replace(refused: string): Promise<string> {
    const other = this.#renewal === null ? this.atHand() : await this.#renewal;
    if (other !== null && other !== refused) return other;
    this.#kept = null;
    return await this.#once(() => this.#renew(refused));
  }

  async #renew(stale: string | null): Promise<string> {
    const token = await this.#vault.renew(this.#connectionId, stale, () => this.signIn());
    const now = this.#clock.now();
    // A token that lives shorter than the margin would otherwise be renewed for each call.
    return this.#keep(token, Math.max(token.expiresAt - renewBeforeMs, now + (token.expiresAt - now) / 2));
  }

  #keep(token: AccessToken, useUntil: number): string {
    this.#kept = { token: token.token, useUntil };
    return token.token;
  }

  #once(work: () => Promise<string>): Promise<string> {
    this.#renewal ??= work().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }
}
