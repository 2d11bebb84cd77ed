import type { Language } from "../core/reasons.ts";
import { mostSent } from "../operations/send-orders.ts";

/** What the page inside Salla's dashboard says, in both languages; reasons of orders stand in `core/reasons.ts`. */
// biome-ignore format: a table, one sentence a row
const table = {
  title: { en: "Orders in Qoyod", ar: "الطلبات في قيود" },
  checking: { en: "Asking Salla whose store this is …", ar: "يُسأل سلة لمن هذا المتجر …" },
  sendTitle: { en: "Send orders", ar: "إرسال الطلبات" },
  field: { en: `Order numbers or ids, up to ${mostSent}`, ar: `أرقام الطلبات أو معرّفاتها، حتى ${mostSent}` },
  hint: { en: "Parted by blanks, commas or new lines. Sending an order twice makes one invoice.", ar: "تفصل بينها مسافات أو فواصل أو أسطر. إرسال الطلب مرتين ينشئ فاتورة واحدة." },
  send: { en: "Send to Qoyod", ar: "أرسل إلى قيود" },
  sendOne: { en: "Send", ar: "أرسل" },
  sending: { en: "Sending …", ar: "جارٍ الإرسال …" },
  results: { en: "What became of them", ar: "نتيجة الإرسال" },
  recent: { en: "Recent orders", ar: "أحدث الطلبات" },
  refresh: { en: "Refresh", ar: "تحديث" },
  none: { en: "No order was read yet.", ar: "لم يُقرأ أي طلب بعد." },
  order: { en: "Order", ar: "الطلب" },
  outcome: { en: "In Qoyod", ar: "في قيود" },
  invoice: { en: "Invoice", ar: "الفاتورة" },
  why: { en: "Reason", ar: "السبب" },
  seen: { en: "Looked at", ar: "آخر نظر" },
  invoiced: { en: "Invoiced", ar: "مفوتر" },
  "invoiced-already": { en: "Invoiced before", ar: "مفوتر من قبل" },
  waiting: { en: "Waits", ar: "بالانتظار" },
  rejected: { en: "Rejected", ar: "مرفوض" },
  refused: { en: "Not sent", ar: "لم يُرسل" },
  left: { en: "Not sent", ar: "لم يُرسل" },
  noToken: { en: "This page opens inside Salla's dashboard only: open the app there.", ar: "تُفتح هذه الصفحة داخل لوحة تحكم سلة فقط: افتح التطبيق من هناك." },
  visitorRefused: { en: "Salla does not vouch for this page: its token is wrong or has ended. Open the app again in Salla's dashboard.", ar: "لا تؤكد سلة هذه الصفحة: رمزها خاطئ أو انتهى. افتح التطبيق من جديد في لوحة تحكم سلة." },
  unknownStore: { en: "This store is not linked with Qoyod here.", ar: "هذا المتجر غير مربوط بقيود هنا." },
  tooMany: { en: "Too many opened this page just now. Open it again in a minute.", ar: "فُتحت هذه الصفحة مرات كثيرة الآن. افتحها من جديد بعد دقيقة." },
  over: { en: "The visit is over. Open the app again in Salla's dashboard.", ar: "انتهت الزيارة. افتح التطبيق من جديد في لوحة تحكم سلة." },
  later: { en: "Salla or Qoyod gives no answer for now. Try again in a minute.", ar: "لا تجيب سلة أو قيود الآن. أعد المحاولة بعد دقيقة." },
  failed: { en: "Mizan failed at this; its log says why.", ar: "أخفق ميزان في ذلك؛ وسجله يبيّن السبب." },
  lost: { en: "No answer came. Sending again is safe: an order is invoiced once.", ar: "لم يصل رد. إعادة الإرسال آمنة: يُفوتر الطلب مرة واحدة." },
  noNumbers: { en: "Enter at least one order number.", ar: "أدخل رقم طلب واحدًا على الأقل." },
  tooManyNumbers: { en: `At most ${mostSent} orders can be sent at once.`, ar: `يمكن إرسال ${mostSent} طلب كحد أقصى دفعة واحدة.` },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

export type PageWord = keyof typeof table;

/** A word or sentence of the page. */
export function pageWord(word: PageWord, language: Language): string {
  return table[word][language];
}
