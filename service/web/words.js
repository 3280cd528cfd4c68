// Records in words: who, when, how many, how sure.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December"];

/** "2024-11-04" -> "4 November 2024"; "2024-11" -> "November 2024". */
export function writtenDate(date) {
  const [year, month, day] = date.split("-");
  return [day && Number(day), month && MONTHS[month - 1], year].filter(Boolean).join(" ");
}

export const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** Whether one person speaks for one issuer: then the two are named together. */
const isOneVoice = ({ issuers, speakers }) => issuers.length === 1 && speakers.length === 1;

/** Who says it: "Lula da Silva (Brazil)", "European Union and Republic of Korea". */
export function who(statement) {
  const { issuers, speakers } = statement;
  if (isOneVoice(statement)) return `${speakers[0].name} (${issuers[0]})`;
  return listed(issuers) || listed(speakers.map((speaker) => speaker.name)) || titled(statement);
}

/** In what capacity: "President", "Josep Borrell, High Representative; Cho Tae-yul, Minister". */
export function capacity(statement) {
  const { issuers, speakers } = statement;
  if (isOneVoice(statement) || (!issuers.length && speakers.length === 1)) return speakers[0].post;
  return speakers.map(({ name, post }) => [issuers.length && name, post].filter(Boolean).join(", ")).filter(Boolean).join("; ");
}

export const titled = (statement) => statement.title || statement.statement_id || statement.id;

/** (2, "statement") -> "2 statements"; (13509, "passage") -> "13,509 passages". */
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const GRADES = [[0.9, "very high"], [0.75, "high"], [0.6, "fair"], [0.4, "low"], [0, "very low"]];

/** 0.948 -> "very high (95 %)". */
export function confidence(value) {
  const [, grade] = GRADES.find(([from]) => value >= from);
  return `${grade} (${percent(value)})`;
}

export const percent = (value) => `${Math.round(100 * value)}\u202f%`;

/** The filters in words, "" for none: "Brazil; from 2023". */
export function filtersInWords(filters) {
  const { issuers = [], statements = [], date_from: from, date_to: to, languages = [] } = filters ?? {};
  const dates = from && to ? `${writtenDate(from)} to ${writtenDate(to)}`
    : from ? `from ${writtenDate(from)}` : to ? `until ${writtenDate(to)}` : "";
  return [issuers.join(" or "), statements.join(" or "), dates, languages.join(" or ")].filter(Boolean).join("; ");
}

/** What was searched: "578 statements, 13,509 passages (Brazil; from 2023)". */
export function searchedInWords(searched) {
  const filters = filtersInWords(searched.filters);
  const counts = `${count(searched.statements, "statement")}, ${count(searched.passages, "passage")}`;
  return filters ? `${counts} (${filters})` : counts;
}
