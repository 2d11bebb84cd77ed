import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Encrypts what must not be readable in the database. The key lives outside of it. */
export interface Seal {
  seal(text: string): Buffer;
  /** @throws {Error} when the text was sealed with another key or was changed. */
  open(sealed: Buffer): string;
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;
export const keyLength = 32;

/** AES-256-GCM with a random nonce for each text. @param key 32 bytes */
export function createSeal(key: Buffer): Seal {
  if (key.length !== keyLength) throw new Error(`The secret key has ${key.length} bytes; it must have ${keyLength}.`);
  return {
    seal: (text) => {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), body]);
    },
    open: (sealed) => {
      if (sealed[0] !== version || sealed.length < 1 + nonceLength + tagLength)
        throw new Error("The sealed text is damaged.");
      const nonce = sealed.subarray(1, 1 + nonceLength);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce);
      decipher.setAuthTag(sealed.subarray(1 + nonceLength, 1 + nonceLength + tagLength));
      const body = sealed.subarray(1 + nonceLength + tagLength);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    },
  };
}
