/** Keeps back the one warning that older Nodes give because Mizan is run as TypeScript; every other one is shown. */
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith("Type Stripping is an experimental feature")) emitWarning(warning, ...rest);
};
