// SPDX-License-Identifier: Apache-2.0
// Runs a firmware of the RP2040 in rp2040js, with a sender at its serial port and power that goes in the middle of
// flash operations. The boot ROM is a table of traps: its flash calls are done here, by the rules of NOR flash.
// usage: node run.mjs FIRMWARE.bin FOLDER CUT...
// FOLDER: first.tmd, update.tmd, base.bin, target.bin. A CUT is a number of flash operations after which power goes in
// the middle of the next one; then the device starts again, and the next CUT counts from there. What the device is sent
// first is no patch. Ends with 0 where the target is active in the end, whatever was cut, no unit was programmed twice,
// and what is no patch was refused once.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { RP2040 } = createRequire(process.env.TMD_NODE_MODULES + '/')('rp2040js');
const [firmwarePath, folder, ...cuts] = process.argv.slice(2);
const load = (name) => readFileSync(`${folder}/${name}`);
const patches = { first: load('first.tmd'), update: load('update.tmd') };
const models = { base: load('base.bin'), target: load('target.bin') };

let sendsOther = true;

const FLASH = 0x10000000;
const FIRMWARE_AT = 0x100;
const PART = 192 * 1024;
const STEPS = 4e8;

// Traps in ROM: `bkpt N; bx lr` for each function; N is its place in this list. The first one looks names up.
const TRAPS = ['lookup', 'IF', 'EX', 'RE', 'RP', 'FC', 'CX'];
function bootRom() {
  const rom = new Uint16Array(0x2000);
  rom[0x14 / 2] = 0x40;
  rom[0x18 / 2] = 0x101;
  TRAPS.forEach((_, i) => rom.set([0xbe00 | i, 0x4770], (0x100 + 4 * i) / 2));
  return new Uint32Array(rom.buffer);
}

let seed = 7;
const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 8;

class Device {
  constructor(flash, cut) {
    this.mcu = new RP2040();
    this.mcu.logger = { debug() {}, warn() {}, info() {}, error(part, text) { throw new Error(`${part}: ${text}`); } };
    this.mcu.loadBootrom(bootRom());
    this.mcu.flash.set(flash);
    this.flash = this.mcu.flash;
    this.cut = cut;
    this.isOn = true;
    this.operations = 0;
    this.violations = 0;
    this.text = '';
    this.mcu.uart[0].onByte = (byte) => this.heard(byte);
    this.mcu.onBreak = (number) => this.trap(number);
    const vectors = new DataView(this.flash.buffer, this.flash.byteOffset + FIRMWARE_AT);
    this.mcu.core.VTOR = FLASH + FIRMWARE_AT;
    this.mcu.core.SP = vectors.getUint32(0, true);
    this.mcu.core.PC = vectors.getUint32(4, true) & ~1;
  }

  trap(number) {
    const registers = this.mcu.core.registers;
    const [a, b, size] = registers;
    switch (TRAPS[number]) {
      case 'lookup': {
        const place = TRAPS.indexOf(String.fromCharCode(b & 0xff, (b >> 8) & 0xff));
        if (place < 1) throw new Error(`the ROM has no function ${b.toString(16)}`);
        registers[0] = (0x100 + 4 * place) | 1;
        return;
      }
      case 'RE':
        if (a % 4096 !== 0 || b % 4096 !== 0) throw new Error('an erase of a part of a sector');
        return this.operation(b, (i, torn) => { this.flash[a + i] = torn ? random() & 0xff : 0xff; }, true);
      case 'RP': {
        if (a % 256 !== 0 || size % 256 !== 0) throw new Error('a program of a part of a page');
        const bytes = Array.from({ length: size }, (_, i) => this.mcu.readUint8(b + i));
        return this.operation(size, (i) => {
          if (bytes[i] !== 0xff && this.flash[a + i] !== 0xff) ++this.violations;
          this.flash[a + i] &= bytes[i];
        });
      }
      case undefined:
        throw new Error(`the firmware stopped at bkpt ${number}\n${this.text}`);
    }
  }

  // Where power goes an erase leaves anything, and a program a part of its bytes.
  operation(size, change, isErase = false) {
    const isCut = this.operations++ === this.cut;
    const whole = isCut && !isErase ? random() % size : size;
    for (let i = 0; i < whole; ++i) change(i, isCut);
    if (isCut) this.isOn = false;
  }

  heard(byte) {
    this.text += String.fromCharCode(byte);
    if (byte !== 10) return;
    const line = this.text.slice(this.text.lastIndexOf('\n', this.text.length - 2) + 1).trim();
    const model = line.match(/^model of (\d+) bytes at 0x([0-9a-f]+)/);
    if (model) this.model = { size: Number(model[1]), at: parseInt(model[2], 16) };
    const wanted = line.match(/^send the patch from byte (\d+)/);
    if (wanted) this.sending = { patch: this.patchFor(this.model.size), at: Number(wanted[1]) };
  }
  patchFor(size) {
    if (sendsOther) {
      sendsOther = false;
      return models.base;
    }
    if (size === 0) return patches.first;
    return size === models.base.length ? patches.update : null;
  }

  isDone() {
    return this.sending?.patch === null;
  }
  send() {
    const fifo = this.mcu.uart[0];
    if (!fifo.rxFIFO.empty) return;
    for (let i = 0; i < 16 && this.sending?.patch && this.sending.at < this.sending.patch.length; ++i)
      fifo.feedByte(this.sending.patch[this.sending.at++]);
  }

  run() {
    for (let step = 0; this.isOn && !this.isDone(); ++step) {
      if (step > STEPS) throw new Error(`no end after ${STEPS} instructions\n${this.text}`);
      if (step % 4096 === 0) this.send();
      this.mcu.core.executeInstruction();
    }
    return this;
  }
}

let flash = new Uint8Array(2 * 1024 * 1024).fill(0xff);
flash.set(readFileSync(firmwarePath), FIRMWARE_AT);
let cutCount = 0, violations = 0, operations = 0, refusals = 0, device;
for (const cut of [...cuts.map(Number), undefined]) {
  device = new Device(flash, cut).run();
  cutCount += device.isOn ? 0 : 1;
  violations += device.violations;
  operations += device.operations;
  refusals += device.text.match(/^update: this is not a TinyMLDelta patch/gm)?.length ?? 0;
  if (!device.isOn && device.sending) console.log(`power went after ${device.operations} operations`);
  flash = Uint8Array.from(device.flash);
  if (device.isOn && cut !== undefined) break;
}
console.log(device.text.trimEnd());
const { size, at } = device.model;
const slot = flash.subarray(2 * 1024 * 1024 - PART + at, 2 * 1024 * 1024 - PART + at + size);
const isTarget = Buffer.compare(Buffer.from(slot), models.target) === 0;
console.log(`${cutCount} power cuts, ${operations} flash operations, ${violations} bytes programmed twice`);
console.log(isTarget ? 'the target is active' : 'ANOTHER MODEL IS ACTIVE');
if (refusals !== 1) console.log(`WHAT IS NO PATCH WAS REFUSED ${refusals} TIMES`);
process.exit(isTarget && violations === 0 && refusals === 1 ? 0 : 1);
