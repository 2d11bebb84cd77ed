/**
 * Webhooks are hints (architecture, law 2): a delivery is checked over its raw bytes, says which records may have changed,
 * and nothing in it is believed. The API keeps and answers it; a connector only knows its vendor's form.
 */

/** One delivery as it came in: headers in lower case, the body byte for byte. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A record that a delivery says something of. */
export interface Hint {
  /** a source resource of the connector, such as `orders` */
  readonly resource: string;
  readonly id: string;
}

/** What a delivery says. */
export interface Notice {
  /** the vendor's account that it is about, such as the store id */
  readonly account: string;
  /** the vendor's name of the event */
  readonly event: string;
  /** when the vendor says it happened, milliseconds since 1970; null where it does not say */
  readonly at: number | null;
  readonly hints: readonly Hint[];
  /** what the event does to the connection itself, where it does */
  readonly connection?:
    | { readonly kind: "authorised"; readonly secrets: Readonly<Record<string, unknown>> }
    | { readonly kind: "revoked" }
    | undefined;
}

/** How the deliveries of a vendor are checked and read. */
export interface WebhookCheck<Settings, Secrets> {
  /** Whether the delivery comes from the vendor, in constant time; false where no secret is set. */
  verify(delivery: Delivery, connection: { readonly settings: Settings; readonly secrets: Secrets }): boolean;
  /** What its deliveries are signed with, for a connector that can have them sent; null where none is set. */
  secretOf?(secrets: Secrets): string | null;
  /** What it says; null where the body is none of the vendor's. Never throws. */
  read(body: unknown, settings: Settings): Notice | null;
}
