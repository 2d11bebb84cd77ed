/** Digits of an international number without its plus: E.164 allows 15; shorter than 8 is no subscriber's number. */
const fewestDigits = 8;
const mostDigits = 15;
/** Digits that a national number has at least, so that a number may be told to begin with its country code. */
const nationalDigits = 8;
const saudiCode = "966";

/**
 * A telephone number in E.164, `+966501724227`, from the forms that Salla sends: a national number with `mobile_code`
 * beside it, a whole number with or without plus or `00` (salla.md 4.2, 6.4).
 * @returns null where it cannot be told which number is meant.
 */
export function e164(mobile: string, code = ""): string | null {
  const written = latinDigits(mobile).replace(/[\s().-]/g, "");
  const country = latinDigits(code).replace(/\D/g, "").replace(/^0+/, "");
  const international = /^(?:\+|00)(\d+)$/.exec(written)?.[1];
  if (international !== undefined) return numberOf(international);
  if (!/^\d+$/.test(written)) return null;
  const national = written.replace(/^0+/, "");
  if (country !== "") {
    const isWhole = national.startsWith(country) && national.length - country.length >= nationalDigits;
    return numberOf(isWhole ? national : `${country}${national}`);
  }
  // Without a code only Saudi mobile numbers are told, by their 5 and their length.
  if (/^5\d{8}$/.test(national)) return numberOf(`${saudiCode}${national}`);
  return /^9665\d{8}$/.test(national) ? numberOf(national) : null;
}

function numberOf(digits: string): string | null {
  const fits = digits.length >= fewestDigits && digits.length <= mostDigits && !digits.startsWith("0");
  return fits ? `+${digits}` : null;
}

/** Arabic and Persian digits as Latin ones. */
export function latinDigits(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}
