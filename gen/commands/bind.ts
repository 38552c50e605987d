import { diagnose } from '../diagnostics/diagnostic.ts';
import type { Argument, Command, Invocation, Outcome } from './command.ts';

export const nicArgument: Argument = {
  name: 'nic',
  summary: 'PCI address, or Linux interface',
  required: true,
};

export const bind: Command = {
  name: 'bind',
  summary: 'give a NIC to programs: from its kernel driver to vfio-pci',
  examples: [
    ['bypassgen bind 0000:0b:00.0', "until 'bypassgen unbind', or the next boot"],
    ['bypassgen bind ens1 --until-exit', 'Ctrl-C gives it back'],
    ['bypassgen bind ens1 --driver uio_pci_generic', 'without an IOMMU'],
  ],
  arguments: [nicArgument],
  options: [
    { flags: '--driver <name>', summary: 'vfio-pci (default) or uio_pci_generic' },
    { flags: '--until-exit', summary: 'stay, and give it back when this command ends' },
    { flags: '--force', summary: 'also when Linux uses it: default route, addresses, a bridge' },
  ],
  async run(invocation) {
    const { bindNic, findNic, kernelOf, userDrivers } = await import('../machine/binding.ts');
    const { Tree } = await import('../machine/tree.ts');
    const {
      arguments: [name = ''],
      options,
    } = invocation;
    const driver = userDrivers.find((known) => known === (options['driver'] ?? 'vfio-pci'));
    if (!driver) {
      const reason = `--driver: there is no '${options['driver']}'`;
      return { diagnostics: [diagnose('usage', { reason, hint: `there are: ${userDrivers.join(', ')}` })] };
    }
    const kernel = kernelOf(new Tree('/'));
    const nic = findNic(kernel.tree, name);
    if ('code' in nic) return { diagnostics: [nic] };
    const bound = bindNic(kernel, nic, { driver, force: options['force'] === true });
    if ('code' in bound) return { diagnostics: [bound] };
    if (options['untilExit']) return untilExit(invocation, nic.pci, driver);
    const { before, after } = bound;
    const text =
      before === after
        ? `${nic.pci} is with ${after} already`
        : `${nic.pci}: from ${before || 'no driver'} to ${after}${nic.interface ? `; ${nic.interface} is gone` : ''}`;
    return { text, data: { nic: nic.pci, before, after }, next: `bypassgen unbind ${nic.pci}` };
  },
};

/** A signal is the ordinary end. The NIC is given back also when something goes wrong here. */
async function untilExit({ takeSignals, talk }: Invocation, pci: string, driver: string): Promise<Outcome> {
  const { findNic, kernelOf, unbindNic } = await import('../machine/binding.ts');
  const { Tree } = await import('../machine/tree.ts');
  const { withUndo } = await import('../build/undo.ts');
  const kernel = kernelOf(new Tree('/'));
  let back: ReturnType<typeof unbindNic> | undefined;
  const undo = () => {
    const nic = findNic(kernel.tree, pci);
    back = 'code' in nic ? nic : unbindNic(kernel, nic);
  };
  await withUndo(undo, async () => {
    const alive = setInterval(() => {}, 1 << 30);
    const signal = new Promise<void>((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve());
    });
    takeSignals();
    talk.say(`${pci} is with ${driver} until this command ends: Ctrl-C`);
    await signal;
    clearInterval(alive);
  });
  if (!back || 'code' in back) return { diagnostics: back ? [back] : [] };
  return { text: `${pci} is with ${back.after || 'no driver'} again`, data: { nic: pci, ...back } };
}
