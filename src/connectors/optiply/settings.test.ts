import { expect, test } from "vitest";
import { InvalidInput } from "../../core/errors.ts";
import { readInput } from "../../core/invalid-fields.ts";
import { optiplySecrets, optiplySettings } from "./settings.ts";

test.each(["apiUrl", "tokenUrl"])("a word in place of the address %s is refused with what is allowed", (name) => {
  expect(() => readInput(optiplySettings, { [name]: "optiply" })).toThrow(
    new InvalidInput(
      name,
      `${name} is "optiply"; allowed: an https address (http only on 127.0.0.1, localhost or [::1])`,
    ),
  );
});

test("every credential that is missing is named, with who issues it", () => {
  const issuer = "of the API user that Optiply issues for one webshop; ask Optiply for it";
  expect(() => readInput(optiplySecrets, { clientId: "one", username: "two" }, { secret: true })).toThrow(
    `clientSecret is missing; allowed: the client secret ${issuer}; password is missing; allowed: the password ${issuer}`,
  );
});
