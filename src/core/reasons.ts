/**
 * Every reason that Mizan gives for a record or a connection: a stable code, a sentence in English and Arabic, and the
 * one action that resolves it (product.md, "Every skipped, waiting and rejected record carries a reason").
 * `{name}` stands for a parameter of the occurrence.
 */
interface ReasonText {
  readonly en: string;
  readonly ar: string;
  /** The one thing that resolves it; empty where nothing needs to be done. */
  readonly actionEn: string;
  readonly actionAr: string;
}

// biome-ignore format: a table, one reason a row
const texts = {
  // Records that are left out on purpose.
  "inactive-never-sent": { en: "It is inactive and was never sent.", ar: "غير نشط ولم يُرسل من قبل.", actionEn: "Activate it in {vendor} if it should be sent.", actionAr: "فعّله في {vendor} إذا كان يجب إرساله." },
  "not-invoiced": { en: "The order is {status}; only invoiced, partially invoiced and closed orders are taken.", ar: "حالة الطلب {status}؛ تُؤخذ الطلبات المفوترة والمفوترة جزئيًا والمغلقة فقط.", actionEn: "Invoice it, or switch pullAllSellOrders on.", actionAr: "أصدر فاتورته، أو فعّل pullAllSellOrders." },
  "draft-or-void": { en: "The order is {status}.", ar: "حالة الطلب {status}.", actionEn: "Nothing to do; it is taken when it becomes a real order.", actionAr: "لا حاجة لإجراء؛ يُؤخذ عندما يصبح طلبًا فعليًا." },
  "before-orders-since": { en: "The order is dated {date}, before {ordersSince}.", ar: "تاريخ الطلب {date} يسبق {ordersSince}.", actionEn: "Older orders are brought in by a backfill only.", actionAr: "الطلبات الأقدم تُجلب بالتعبئة التاريخية فقط." },
  "salesperson-excluded": { en: "Orders of salesperson {salesperson} are excluded.", ar: "طلبات مندوب المبيعات {salesperson} مستبعدة.", actionEn: "Remove the entry from excludedSalespersonIds to take them.", actionAr: "احذف المدخل من excludedSalespersonIds لأخذها." },
  "no-lines-left": { en: "No line with an item and a positive quantity is left in the order.", ar: "لا يبقى في الطلب سطر بصنف وكمية موجبة.", actionEn: "Nothing to do; the notes name the lines.", actionAr: "لا حاجة لإجراء؛ الملاحظات تذكر الأسطر." },
  "no-lines": { en: "The order has no lines.", ar: "لا أسطر في الطلب.", actionEn: "Add its lines in {vendor}; it is taken then.", actionAr: "أضف أسطره في {vendor} فيُؤخذ عندئذ." },
  "cancelled": { en: "The order was cancelled.", ar: "أُلغي الطلب.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "not-a-vendor": { en: "The contact {name} is a {type}, not a vendor.", ar: "جهة الاتصال {name} هي {type} وليست موردًا.", actionEn: "Make it a vendor in {vendor} if you buy from it.", actionAr: "اجعلها موردًا في {vendor} إذا كنت تشتري منها." },
  "no-vendor": { en: "The item has no vendor.", ar: "لا مورد للصنف.", actionEn: "Give it a preferred vendor in {vendor} if you buy it.", actionAr: "حدّد له موردًا مفضلًا في {vendor} إذا كنت تشتريه." },
  "vendor-removed": { en: "The item has no vendor any more; what was sent for it stays as it is.", ar: "لم يعد للصنف مورد؛ وما أُرسل له يبقى كما هو.", actionEn: "Delete its supplier product in Optiply if you no longer buy it, or give it a vendor in {vendor}.", actionAr: "احذف منتج المورد في Optiply إذا لم تعد تشتريه، أو حدّد له موردًا في {vendor}." },
  "made-through-api": { en: "The order was not made by people in {vendor}.", ar: "لم يُنشئ الناس هذا الطلب في {vendor}.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "has-remote-id": { en: "The order carries the id {id} of another system already.", ar: "يحمل الطلب المعرّف {id} من نظام آخر.", actionEn: "Nothing to do; it is recognised when {id} is read.", actionAr: "لا حاجة لإجراء؛ يُعرف عند قراءة {id}." },
  "not-placed": { en: "The order is a draft that was not placed.", ar: "الطلب مسودة لم تُقدَّم.", actionEn: "Place it in {vendor}.", actionAr: "قدّمه في {vendor}." },
  "completed-before-export": { en: "The order was completed before it was exported.", ar: "اكتمل الطلب قبل تصديره.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "completed-after-export": { en: "The order was exported and is completed.", ar: "صُدّر الطلب واكتمل.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "assembly-order": { en: "It is an assembly order, not a purchase.", ar: "هو أمر تجميع وليس شراء.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "gone-at-source": { en: "{vendor} no longer has this record.", ar: "لم يعد هذا السجل موجودًا في {vendor}.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  // Records that wait.
  "parent-missing": { en: "Waits for {parent}, which is not linked yet: {why}", ar: "بانتظار {parent} غير المربوط بعد: {why}", actionEn: "{do} It goes on by itself when {parent} is linked.", actionAr: "{do} يُستكمل تلقائيًا عند ربط {parent}." },
  "in-doubt": { en: "{vendor} gave no answer to the write; Mizan is looking whether it was done.", ar: "لم يجب {vendor} على الكتابة؛ يتحقق ميزان هل تمت.", actionEn: "Nothing to do; it is settled by itself.", actionAr: "لا حاجة لإجراء؛ يُحسم تلقائيًا." },
  "several-matches": { en: "{vendor} holds several records that could be this one: {ids}.", ar: "لدى {vendor} عدة سجلات قد تطابق هذا السجل: {ids}.", actionEn: "Delete the wrong ones in {vendor}, then retry.", actionAr: "احذف الخاطئ منها في {vendor} ثم أعد المحاولة." },
  "reference-unclear": { en: "{vendor} holds {ids} by the same reference, but not as the same order.", ar: "لدى {vendor} السجل {ids} بالمرجع نفسه لكنه ليس الطلب نفسه.", actionEn: "If they are two orders, change the reference of the purchase order in {holder}; then retry.", actionAr: "إن كانا طلبين فغيّر مرجع أمر الشراء في {holder} ثم أعد المحاولة." },
  "write-in-progress": { en: "Another run is writing this record.", ar: "عملية أخرى تكتب هذا السجل.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "vendor-error": { en: "{vendor} failed on this record: {message}", ar: "أخفق {vendor} في هذا السجل: {message}", actionEn: "It is tried again by itself.", actionAr: "تُعاد المحاولة تلقائيًا." },
  "not-linked-back": { en: "No record of {other} is linked with {record} of {vendor}.", ar: "لا سجل في {other} مربوط بـ {record} في {vendor}.", actionEn: "Choose one in {vendor} that came from {other}; make it in {other} first if it is missing there.", actionAr: "اختر في {vendor} سجلًا ورد من {other}؛ وأنشئه في {other} أولًا إن لم يكن فيه." },
  "linked-with-twin": { en: "The id {id} of {other}, which {record} of {vendor} carries, is linked with {holder}.", ar: "المعرّف {id} في {other} الذي يحمله {record} في {vendor} مربوط بـ {holder}.", actionEn: "Choose {holder} in {vendor}, and delete the other one there if it is a double.", actionAr: "اختر {holder} في {vendor}، واحذف الآخر هناك إن كان مكررًا." },
  "export-confirmed": { en: "It was made from order {id} of {vendor}; its id goes back there next.", ar: "أُنشئ من الطلب {id} في {vendor}؛ يُعاد معرّفه إليه تاليًا.", actionEn: "Nothing to do.", actionAr: "لا حاجة لإجراء." },
  "many-vanished": { en: "{vendor} no longer lists it, and {count} of {linked} records disappeared at once.", ar: "لم يعد {vendor} يعرضه، وقد اختفى {count} من {linked} سجل دفعة واحدة.", actionEn: "Look whether they were really deleted in {vendor}; if so, retry them to confirm it.", actionAr: "تحقق هل حُذفت فعلًا في {vendor}؛ فإن كان كذلك أعد محاولتها لتأكيد ذلك." },
  "cancelled-made-there": { en: "It was cancelled, but its order {id} was made in {vendor}, where Mizan deletes nothing that people made.", ar: "أُلغي، لكن طلبه {id} أُنشئ في {vendor}، وميزان لا يحذف هناك ما أنشأه الناس.", actionEn: "Delete order {id} in {vendor}, then retry.", actionAr: "احذف الطلب {id} في {vendor} ثم أعد المحاولة." },
  "fixed-made-there": { en: "{field} changed, but {id} was made in {vendor} by people and cannot be given another one.", ar: "تغيّر {field}، لكن {id} أنشأه أشخاص في {vendor} ولا يمكن تغييره فيه.", actionEn: "Delete {id} in {vendor} and retry, or undo the change.", actionAr: "احذف {id} في {vendor} ثم أعد المحاولة، أو تراجع عن التغيير." },
  "changed-after-export": { en: "The order was changed in {vendor} after it was exported as {id}; the change was not sent.", ar: "غُيّر الطلب في {vendor} بعد تصديره بالمعرّف {id}؛ ولم يُرسل التغيير.", actionEn: "Change {id} in {other} by hand if it should be so there, or change the order back.", actionAr: "غيّر {id} في {other} يدويًا إذا وجب ذلك، أو أعد الطلب كما كان." },
  "deleted-after-export": { en: "The order was deleted in {vendor} after it was exported as {id}.", ar: "حُذف الطلب في {vendor} بعد تصديره بالمعرّف {id}.", actionEn: "Cancel {id} in {other} if it is not wanted any more, then retry.", actionAr: "ألغِ {id} في {other} إذا لم يعد مطلوبًا ثم أعد المحاولة." },
  "gone-but-linked": { en: "{vendor} no longer has this record; {id} in {other} stays as it is.", ar: "لم يعد هذا السجل موجودًا في {vendor}؛ ويبقى {id} في {other} كما هو.", actionEn: "Delete {id} in {other} if it is not wanted any more, then retry.", actionAr: "احذف {id} في {other} إذا لم يعد مطلوبًا ثم أعد المحاولة." },
  // Records that are wrong.
  "linked-elsewhere": { en: "{vendor} holds it already as {id}, which is linked with {other}.", ar: "هو موجود في {vendor} بالمعرّف {id} المربوط بـ {other}.", actionEn: "Delete the wrong one of the two in {from}, or clear the reference of this one if they are two; then retry.", actionAr: "احذف الخاطئ منهما في {from}، أو امسح مرجع هذا السجل إن كانا اثنين، ثم أعد المحاولة." },
  "not-cleared": { en: "{vendor} does not clear {field}, which is empty at the source.", ar: "لا يفرّغ {vendor} الحقل {field} الفارغ في المصدر.", actionEn: "Clear {field} in {vendor}, then retry.", actionAr: "فرّغ {field} في {vendor} ثم أعد المحاولة." },
  "field-missing": { en: "{field} is missing.", ar: "الحقل {field} مفقود.", actionEn: "Fill {field} in {vendor}.", actionAr: "املأ {field} في {vendor}." },
  "field-invalid": { en: "{field} is {value}; allowed: {allowed}.", ar: "قيمة {field} هي {value}؛ المسموح: {allowed}.", actionEn: "Correct {field} in {vendor}.", actionAr: "صحّح {field} في {vendor}." },
  "refused-by-target": { en: "{vendor} refused it: {message}", ar: "رفضه {vendor}: {message}", actionEn: "Correct what it names, then retry.", actionAr: "صحّح ما يذكره ثم أعد المحاولة." },
  "target-gone": { en: "The record {id} was deleted in {vendor}.", ar: "حُذف السجل {id} في {vendor}.", actionEn: "Retry to make it again.", actionAr: "أعد المحاولة لإنشائه من جديد." },
  // Notes on records that go through.
  "line-without-item": { en: "Line {line} ({text}) has no item and was left out.", ar: "السطر {line} ({text}) بلا صنف وتُرك.", actionEn: "", actionAr: "" },
  "line-not-positive": { en: "The lines of item {item} come to {quantity} and were left out.", ar: "مجموع أسطر الصنف {item} هو {quantity}؛ لذا تُركت الأسطر.", actionEn: "", actionAr: "" },
  "quantity-rounded": { en: "The quantity of item {item} was rounded from {from} to {to}.", ar: "قُرّبت كمية الصنف {item} من {from} إلى {to}.", actionEn: "", actionAr: "" },
  "lines-merged": { en: "{count} lines of item {item} were merged.", ar: "دُمجت {count} أسطر للصنف {item}.", actionEn: "", actionAr: "" },
  "price-not-sent": { en: "{quantity} of item {item} at {price} each would come to {total}, not to {subtotal}, so their price was not sent.", ar: "{quantity} من الصنف {item} بسعر {price} للوحدة تبلغ {total} لا {subtotal}؛ لذا لم يُرسل سعرها.", actionEn: "", actionAr: "" },
  "completed-estimated": { en: "It was completed already when it was first seen; {day} is the day of {from}.", ar: "كان مكتملًا حين رُئي أول مرة؛ {day} هو يوم {from}.", actionEn: "", actionAr: "" },
  "text-cut": { en: "{field} was cut to {length} characters.", ar: "قُصّ {field} إلى {length} حرفًا.", actionEn: "", actionAr: "" },
  // Connections that need a person or have to pause.
  "credentials-refused": { en: "{vendor} refused the credentials: {message}", ar: "رفض {vendor} بيانات الاعتماد: {message}", actionEn: "Connect again with `mizan connect`.", actionAr: "أعد الربط بالأمر mizan connect." },
  "scope-missing": { en: "The authorisation lacks a scope ({scope}).", ar: "التفويض ينقصه نطاق ({scope}).", actionEn: "Authorise again with the scope {scope}.", actionAr: "أعد التفويض مع النطاق {scope}." },
  "organisation-unknown": { en: "Organisation {organization} is not among those the authorisation sees: {allowed}.", ar: "المنشأة {organization} ليست ضمن المنشآت المتاحة: {allowed}.", actionEn: "Choose one of them.", actionAr: "اختر واحدة منها." },
  "warehouse-gone": { en: "The chosen warehouse {warehouse} no longer exists in {vendor}.", ar: "المستودع المختار {warehouse} لم يعد موجودًا في {vendor}.", actionEn: "Change warehouseIds; stock is not touched until then.", actionAr: "غيّر warehouseIds؛ لن يُمس المخزون حتى ذلك." },
  "origin-untold": { en: "{vendor} does not tell which orders people made, so that none can be exported safely.", ar: "لا يبيّن {vendor} أي الطلبات أنشأها الناس، فلا يمكن تصدير أي منها بأمان.", actionEn: "Ask {vendor} for createdFromPublicApi on orders, then connect again.", actionAr: "اطلب من {vendor} الحقل createdFromPublicApi في الطلبات ثم أعد الربط." },
  "host-changed": { en: "{vendor} names another host ({host}) than the one configured.", ar: "يذكر {vendor} مضيفًا آخر ({host}) غير المضيف المهيأ.", actionEn: "Check the region of the connection.", actionAr: "تحقق من منطقة الربط." },
  "answer-not-understood": { en: "{vendor} answered in a way Mizan does not know: {message}", ar: "أجاب {vendor} بطريقة لا يعرفها ميزان: {message}", actionEn: "Run `mizan doctor` and report what it prints.", actionAr: "شغّل mizan doctor وأبلغ بما يطبعه." },
  "minute-quota": { en: "{vendor} blocked the account for too many calls a minute.", ar: "حظر {vendor} الحساب لكثرة الطلبات في الدقيقة.", actionEn: "It goes on by itself at {until}.", actionAr: "يستأنف تلقائيًا عند {until}." },
  "day-quota": { en: "The day's calls of {vendor} are spent.", ar: "استُنفدت طلبات اليوم لدى {vendor}.", actionEn: "It goes on by itself at {until}.", actionAr: "يستأنف تلقائيًا عند {until}." },
} as const satisfies Record<string, ReasonText>;

export type ReasonCode = keyof typeof texts;
export type ReasonParameters = Readonly<Record<string, string>>;

/** A reason as it stands at a record: the code and the values of this occurrence. */
export interface Reason {
  readonly code: ReasonCode;
  readonly parameters: ReasonParameters;
}

export type Language = "en" | "ar";

/** Every code there is, for checks and for the generated documentation. */
export const reasonCodes = Object.keys(texts) as readonly ReasonCode[];

/** Whether a stored string is a code that this version knows. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(texts, code);
}

/** The sentence and the action of a reason in one language. */
export function explain(reason: Reason, language: Language = "en"): { sentence: string; action: string } {
  const text = texts[reason.code];
  const sentence = language === "ar" ? text.ar : text.en;
  const action = language === "ar" ? text.actionAr : text.actionEn;
  return { sentence: fill(sentence, reason.parameters, language), action: fill(action, reason.parameters, language) };
}

/**
 * A parameter that is itself a sentence has an Arabic twin under its name with `.ar`. In Arabic each value stands in an
 * isolate of its own, so that Latin words and numbers keep their order.
 */
function fill(template: string, parameters: ReasonParameters, language: Language): string {
  const value = (name: string) =>
    language === "ar" ? (parameters[`${name}.ar`] ?? parameters[name]) : parameters[name];
  const filled = template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const words = value(name);
    if (words === undefined) return whole;
    return language === "ar" && words !== "" ? `\u2068${words}\u2069` : words;
  });
  return filled.trim();
}
