import { Option } from "commander";

/** `--language`, for the commands that give reasons. */
export function languageOption(): Option {
  return new Option("--language <language>", "language of the reasons").choices(["en", "ar"]).default("en");
}
