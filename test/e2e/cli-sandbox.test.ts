/** What `mizan sandbox` prints can be pasted as it stands. */
import { expect, test } from "vitest";
import { newMachine } from "./mizan-command.ts";

test("the printed commands link both stand-in vendors; a closed terminal ends them", { timeout: 60_000 }, async () => {
  const machine = await newMachine();
  try {
    const { child, ended } = machine.start(["sandbox"]);
    const printed = await new Promise<string>((resolve, reject) => {
      let words = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        words += chunk.toString();
        if (words.includes("Ctrl-C ends it")) resolve(words);
      });
      child.once("exit", () => reject(new Error(words)));
    });
    const commands = [...printed.matchAll(/^echo '(.*)' \| npx \. (.*)$/gm)];
    expect(commands).toHaveLength(2);
    for (const [, document, words] of commands) {
      const { code, stderr } = await machine.mizan((words ?? "").split(" "), document);
      expect(code, stderr).toBe(0);
    }
    const { stdout } = await machine.mizan(["connections"]);
    expect(stdout).toMatch(/^books +zoho-books .*works$/m);
    expect(stdout).toMatch(/^optiply +optiply .*works$/m);
    child.kill("SIGHUP");
    expect((await ended).code).toBe(0);
  } finally {
    await machine.remove();
  }
});
