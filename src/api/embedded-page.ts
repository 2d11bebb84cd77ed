import type { Language } from "../core/reasons.ts";
import { type PageWord, pageWord } from "./embedded-words.ts";

/** What the script says by itself; it finds them as data of the body. */
const scriptWords: readonly PageWord[] = [
  ...(["noToken", "over", "lost", "sending", "none", "sendOne"] as const),
  ...(["order", "outcome", "invoice", "why", "seen"] as const),
];

/**
 * The page inside Salla's dashboard, which holds nothing of any store: its script has the token verified first and then
 * asks for the orders. Addresses are relative, so that Mizan may stand under a path.
 */
export function embeddedPage(language: Language, theme: "light" | "dark"): string {
  const word = (name: PageWord) => escaped(pageWord(name, language));
  const data = scriptWords.map((name) => `data-${dashed(name)}="${word(name)}"`).join(" ");
  return `<!doctype html>
<html lang="${language}" dir="${language === "ar" ? "rtl" : "ltr"}" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${word("title")}</title>
<link rel="stylesheet" href="salla/page.css">
<script src="salla/page.js" defer></script>
</head>
<body ${data}>
<p id="notice" role="status">${word("checking")}</p>
<main id="orders" hidden>
<h1>${word("title")}</h1>
<form id="send">
<h2>${word("sendTitle")}</h2>
<label for="numbers">${word("field")}</label>
<textarea id="numbers" name="numbers" rows="3" dir="ltr" required spellcheck="false" autocomplete="off" aria-describedby="hint"></textarea>
<p id="hint">${word("hint")}</p>
<button type="submit">${word("send")}</button>
</form>
<section id="results" aria-live="polite" hidden>
<h2>${word("results")}</h2>
<p id="message" hidden></p>
<table><thead></thead><tbody></tbody></table>
</section>
<section id="recent">
<h2>${word("recent")}</h2>
<button type="button" id="refresh" class="quiet">${word("refresh")}</button>
<table><thead></thead><tbody></tbody></table>
</section>
</main>
</body>
</html>
`;
}

/** The name of a data attribute whose property is `name`. */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
