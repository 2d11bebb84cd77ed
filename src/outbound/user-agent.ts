import manifest from "../../package.json" with { type: "json" };

/** How Mizan names itself to vendors. */
export const userAgent = `Mizan/${manifest.version}`;
