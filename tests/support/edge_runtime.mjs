// Runs CloudFront's function on one event a line, with what its runtime 2.0 has and no more: no
// timers, no network, no process, no code from text, two modules. Answers one line each.
import crypto from 'node:crypto';
import fs from 'node:fs';
import readline from 'node:readline';
import vm from 'node:vm';

const [file, storeText] = process.argv.slice(2);
const store = new Map(Object.entries(JSON.parse(storeText)));
const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });

function hashing(made) {
    return {
        update(text) { made.update(String(text), 'utf8'); return this; },
        digest(encoding) {
            if (['hex', 'base64', 'base64url'].indexOf(encoding) < 0) throw new TypeError('digest');
            return made.digest(encoding);
        },
    };
}
const known = ['md5', 'sha1', 'sha256'];
function checked(name) {
    if (known.indexOf(name) < 0) throw new TypeError('no such hash: ' + name);
    return name;
}
const modules = {
    crypto: {
        createHash: (name) => hashing(crypto.createHash(checked(name))),
        createHmac: (name, key) => hashing(crypto.createHmac(checked(name), key)),
    },
    cloudfront: {
        kvs: () => ({
            async get(name) {
                if (!store.has(name)) throw new Error('KeyNotFound');
                return store.get(name);
            },
        }),
    },
};
const source = fs.readFileSync(file, 'utf8') + '\nglobalThis.handler = handler;\n';
const module = new vm.SourceTextModule(source, { context });
await module.link((name) => {
    const made = modules[name];
    if (!made) throw new Error('no such module: ' + name);
    return new vm.SyntheticModule(['default'], function () { this.setExport('default', made); },
        { context });
});
await module.evaluate({ timeout: 1000 });

const started = process.cpuUsage();
for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
        answer = await context.handler(JSON.parse(line));
    } catch (error) {
        answer = { thrown: String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
}
process.stderr.write(JSON.stringify(process.cpuUsage(started)) + '\n');
