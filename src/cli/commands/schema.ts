import { Command } from 'commander';
import { CONNECTION_SCHEMA, LEDGER_SCHEMA, OUTPUT_SCHEMA } from '../../encoding/generated/schemas.js';
import { ConntrailError } from '../../errors.js';
import { setAction } from '../action.js';
import { EXIT } from '../exit-codes.js';
import { unknownCommand } from '../unknown-command.js';

const SCHEMAS: Readonly<Record<string, string>> = {
  connection: CONNECTION_SCHEMA,
  ledger: LEDGER_SCHEMA,
  output: OUTPUT_SCHEMA,
};

/** `conntrail schema`: the Avro schemas of what leaves, as they stand in every container file. */
export function schemaCommand(): Command {
  const command = new Command('schema').description('print the Avro schemas of the records');
  const list = new Command('list').description('the record types, one a line');
  // It stands for `schema` alone, and gets what commander takes for its argument: a subcommand that is not there.
  list.allowExcessArguments();
  setAction(list, (_: object, { args: [name] }: Command) => {
    if (name !== undefined) unknownCommand(command, name);
    process.stdout.write(`${Object.keys(SCHEMAS).join('\n')}\n`);
    return EXIT.ok;
  });
  const print = new Command('print')
    .description('one schema as JSON')
    .argument('<name>', 'connection, ledger or output');
  setAction(print, (name: string) => {
    const schema = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined;
    if (schema === undefined) {
      const sentence = `There is no schema ${JSON.stringify(name)}; choose ${Object.keys(SCHEMAS).join(' or ')}.`;
      throw new ConntrailError('CONNTRAIL_OPTION', sentence);
    }
    process.stdout.write(`${JSON.stringify(JSON.parse(schema), null, 2)}\n`);
    return EXIT.ok;
  });
  return command.addCommand(list, { isDefault: true }).addCommand(print);
}
