import { explain } from "../../core/reasons.ts";
import type { SetUp } from "../../core/set-up.ts";
import type { SallaQoyodOptions } from "./options.ts";

/**
 * Our own invoices carry a mark of this form behind the reference (`order-words.ts`), which Qoyod may have replaced; they are
 * no sign of another link.
 */
const ours = /^[^:]*: Salla \d* order \d+\./;

/**
 * Beside Salla's own link with Qoyod every order would be invoiced twice (product.md 1.2): orders that Salla says were sent to
 * Qoyod, and invoices in Qoyod that speak of Salla, are signs of it.
 */
export const besideNativeLink: SetUp["beside"] = (options, { source, target }) => {
  if ((options as SallaQoyodOptions).nativeLinkOff) return null;
  const sent = typeof source.ordersSentToQoyod === "number" ? source.ordersSentToQoyod : 0;
  const invoices = Array.isArray(target.ofTheShop)
    ? target.ofTheShop.map(String).filter((text) => !ours.test(text))
    : [];
  const signs = [
    ...(sent > 0
      ? [
          {
            en: `Salla says that ${sent} of the latest orders were sent to Qoyod`,
            ar: `تذكر سلة أن ${sent} من أحدث الطلبات أُرسل إلى قيود`,
          },
        ]
      : []),
    ...(invoices.length > 0
      ? [
          {
            en: `Qoyod has invoices such as ${JSON.stringify(invoices[0])}`,
            ar: `في قيود فواتير مثل ${JSON.stringify(invoices[0])}`,
          },
        ]
      : []),
  ];
  if (signs.length === 0) return null;
  const parameters = {
    vendor: "Salla",
    other: "Qoyod",
    signs: signs.map(({ en }) => en).join("; "),
    "signs.ar": signs.map(({ ar }) => ar).join("؛ "),
  };
  const reason = { code: "native-link-on", parameters } as const;
  const { sentence, action } = explain(reason);
  return { option: "nativeLinkOff", message: `${sentence} ${action}`, reason };
};
