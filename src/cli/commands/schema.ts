import { Command } from 'commander';
import { recordTypeNamed } from '../../encoding/find-record-type.js';
import { ConntrailError } from '../../errors.js';
import { RECORD_TYPES } from '../../records.gen.js';
import { setAction } from '../action.js';
import { EXIT } from '../exit-codes.js';
import { unknownCommand } from '../unknown-command.js';

/** `conntrail schema`: the Avro schemas of what leaves, as they stand in every container file. */
export function schemaCommand(): Command {
  const command = new Command('schema').description('print the Avro schemas of the records');
  const list = new Command('list').description('the record types, one a line');
  // It stands for `schema` alone, and gets what commander takes for its argument: a subcommand that is not there.
  list.allowExcessArguments();
  setAction(list, (_: object, { args: [name] }: Command) => {
    if (name !== undefined) unknownCommand(command, name);
    process.stdout.write(RECORD_TYPES.map(({ name }) => `${name}\n`).join(''));
    return EXIT.ok;
  });
  const print = new Command('print')
    .description('one schema as JSON')
    .argument('<name>', 'a record type, as `schema list` has them');
  setAction(print, (name: string) => {
    const type = recordTypeNamed(name);
    if (type === undefined) {
      const names = RECORD_TYPES.map((each) => each.name).join(' or ');
      throw new ConntrailError('CONNTRAIL_OPTION', `There is no schema ${JSON.stringify(name)}; choose ${names}.`);
    }
    process.stdout.write(`${JSON.stringify(JSON.parse(type.schema), null, 2)}\n`);
    return EXIT.ok;
  });
  return command.addCommand(list, { isDefault: true }).addCommand(print);
}
