import { nicArgument } from './bind.ts';
import type { Command } from './command.ts';

export const unbind: Command = {
  name: 'unbind',
  summary: 'give a NIC back to the kernel driver that held it',
  examples: [['bypassgen unbind 0000:0b:00.0', "what 'bypassgen bind' took away"]],
  arguments: [nicArgument],
  options: [],
  async run({ arguments: [name = ''] }) {
    const { findNic, kernelOf, unbindNic } = await import('../machine/binding.ts');
    const { Tree } = await import('../machine/tree.ts');
    const kernel = kernelOf(new Tree('/'));
    const nic = findNic(kernel.tree, name);
    if ('code' in nic) return { diagnostics: [nic] };
    const freed = unbindNic(kernel, nic);
    if ('code' in freed) return { diagnostics: [freed] };
    const { before, after } = freed;
    const text =
      before === after
        ? `${nic.pci} is with ${after || 'no driver'}, where it belongs`
        : `${nic.pci}: from ${before || 'no driver'} back to ${after || 'no driver'}`;
    return { text, data: { nic: nic.pci, before, after } };
  },
};
