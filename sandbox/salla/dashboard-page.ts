import type { WireRequest, WireResponse } from "../wire.ts";
import { sallaCredentials } from "./credentials.ts";
import type { Salla } from "./salla.ts";

const languages = ["ar", "en"] as const;
const themes = ["light", "dark"] as const;

/**
 * The dashboard around the app's embedded page: a frame whose address has a fresh token, the language, the theme and the
 * app's id, and a cover that goes when the page says that it is ready. `?merchant_id=` and `?life_ms=` make the token
 * another store's, or let it end.
 */
export function dashboardPage(salla: Salla, { query }: WireRequest): WireResponse {
  const { embeddedUrl } = salla.webhooks().app;
  if (embeddedUrl === "")
    throw new RangeError("the app has no embedded page; PATCH /salla/app with its embeddedUrl first");
  const lang = languages.find((one) => one === query.get("lang")) ?? "ar";
  const theme = themes.find((one) => one === query.get("theme")) ?? "light";
  const merchant = query.get("merchant_id");
  const lifeMs = query.get("life_ms");
  const token = salla.embeddedToken({
    ...(merchant === null ? {} : { merchant_id: merchant }),
    ...(lifeMs === null ? {} : { life_ms: Number(lifeMs) }),
  });
  const address = new URL(embeddedUrl);
  for (const [name, value] of Object.entries({ token, lang, theme, app_id: sallaCredentials.appId }))
    address.searchParams.set(name, value);
  const body = `<!doctype html>
<html lang="${lang}" dir="${lang === "ar" ? "rtl" : "ltr"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Dashboard of the made-up store</title>
<style>html,body{height:100%;margin:0;font:16px sans-serif}body{display:flex;flex-direction:column}
header{padding:.5rem 1rem;background:#004d5a;color:#fff}header a{color:#fff}iframe{flex:1;border:0}
#cover{padding:1rem}</style></head>
<body><header>Made-up store · <a href="orders-page">orders</a></header>
<p id="cover">…</p><iframe id="page" title="Mizan" src="${escaped(address.href)}"></iframe>
<script>
addEventListener("message", ({ origin, source, data }) => {
  const frame = document.getElementById("page");
  if (origin !== ${JSON.stringify(address.origin)} || source !== frame.contentWindow || data?.source !== "embedded-app") return;
  if (data.event === "embedded::iframe.ready")
    source.postMessage({ event: "embedded::context.provide", source: "host", timestamp: Date.now(),
      payload: { layout: { theme: ${JSON.stringify(theme)}, locale: ${JSON.stringify(lang)}, currency: "SAR", width: innerWidth } } }, origin);
  if (data.event === "embedded::ready") document.getElementById("cover").hidden = true;
  if (data.event === "embedded::auth.refresh") location.reload();
});
</script></body></html>
`;
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** Text that may stand in a page, within quotes too. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
