/** What `mizan sandbox` prints can be pasted as it stands. */
import { expect, test } from "vitest";
import { newMachine } from "./mizan-command.ts";

test("the printed commands link all stand-in vendors and add both integrations; a closed terminal ends them", async () => {
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
    expect(commands).toHaveLength(4);
    for (const [, document, words] of commands) {
      const { code, stderr } = await machine.mizan((words ?? "").split(" "), document);
      expect(code, stderr).toBe(0);
    }
    const added = [...printed.matchAll(/^npx \. (integrations add .*)$/gm)];
    expect(added).toHaveLength(2);
    for (const [, words] of added) {
      const { code, stderr } = await machine.mizan((words ?? "").split(" "));
      expect(code, stderr).toBe(0);
    }
    const { stdout } = await machine.mizan(["connections"]);
    expect(stdout).toMatch(/^books +zoho-books .*works$/m);
    expect(stdout).toMatch(/^optiply +optiply .*works$/m);
    expect(stdout).toMatch(/^qoyod +qoyod .*works$/m);
    expect(stdout).toMatch(/^salla +salla .*works$/m);
    const [, address = "", body = ""] = /^curl .* -X PATCH (\S+) -d '(.*)'$/m.exec(printed) ?? [];
    expect((await fetch(address, { method: "PATCH", body })).status).toBe(200);
    const [dashboard = ""] = /http\S+\/salla\/dashboard\?lang=en/.exec(printed) ?? [];
    expect(await (await fetch(dashboard)).text()).toContain('src="http://127.0.0.1:8470/embedded/salla?token=');
    child.kill("SIGHUP");
    expect((await ended).code).toBe(0);
  } finally {
    await machine.remove();
  }
});
