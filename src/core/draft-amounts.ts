/**
 * What the books make of the lines of a draft, by the vendor's own field names, every number as exact decimal text: the
 * calibration by which an exact invoice learns where the books round (product.md, 1.2).
 */
export interface DraftAmounts {
  /** what the books say of the whole draft, such as its `total` */
  readonly document: Readonly<Record<string, string>>;
  /** what they say of each line, in the order of the lines that were sent */
  readonly lines: readonly Readonly<Record<string, string>>[];
  /** the id of the draft where it could not be deleted, so that a person must; null where nothing is left */
  readonly leftBehind: string | null;
}
