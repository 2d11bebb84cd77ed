import type { Clock } from "../core/clock.ts";
import type { AccessToken } from "../core/connector.ts";
import type { StaleToken, TokenVault } from "../core/ledger.ts";

/** A token is renewed this long before it ends, so that none ends on its way to the vendor. */
const renewBeforeMs = 60_000;

/** Gets another token than the stale one out of the vault. @throws what signing in throws */
export type Renewal = (vault: TokenVault, connectionId: number, stale: StaleToken) => Promise<AccessToken>;

/** One connection's access token in one process; all processes share the vault behind it. */
export class TokenKeeper {
  readonly #connectionId: number;
  readonly #vault: TokenVault;
  readonly #clock: Clock;
  /** may change while the keeper lives, when a person connects again */
  renewal: Renewal;
  #kept: { readonly token: string; readonly useUntil: number } | null = null;
  #renewing: Promise<string> | null = null;

  constructor(connectionId: number, vault: TokenVault, clock: Clock, renewal: Renewal) {
    this.#connectionId = connectionId;
    this.#vault = vault;
    this.#clock = clock;
    this.renewal = renewal;
  }

  /** The token at hand, or null when `get` has to fetch one. */
  atHand(): string | null {
    return this.#kept !== null && this.#clock.now() < this.#kept.useUntil ? this.#kept.token : null;
  }

  /** A token with some life left. @throws what signing in throws */
  get(): Promise<string> {
    return this.#once(async () => {
      const stored = await this.#vault.current(this.#connectionId);
      const useUntil = stored === null ? 0 : (stored.renewAt ?? stored.expiresAt - renewBeforeMs);
      if (stored !== null && useUntil > this.#clock.now()) return this.#keep(stored, useUntil);
      return await this.#renew({ token: stored?.token ?? null, refused: false });
    });
  }

  /** Another token than `refused`, which the vendor no longer takes. @throws what signing in throws */
  async replace(refused: string): Promise<string> {
    const other = this.#renewing === null ? this.atHand() : await this.#renewing;
    if (other !== null && other !== refused) return other;
    this.#kept = null;
    return await this.#once(() => this.#renew({ token: refused, refused: true }));
  }

  async #renew(stale: StaleToken): Promise<string> {
    const token = await this.renewal(this.#vault, this.#connectionId, stale);
    const now = this.#clock.now();
    if (token.renewAt !== undefined) return this.#keep(token, token.renewAt);
    // A token that lives shorter than the margin would otherwise be renewed for each call.
    return this.#keep(token, Math.max(token.expiresAt - renewBeforeMs, now + (token.expiresAt - now) / 2));
  }

  #keep(token: AccessToken, useUntil: number): string {
    this.#kept = { token: token.token, useUntil };
    return token.token;
  }

  #once(work: () => Promise<string>): Promise<string> {
    this.#renewing ??= work().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }
}
