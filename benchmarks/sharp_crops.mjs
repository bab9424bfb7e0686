// Where sharp crops by attention: a JSON object a line in, {path, width, height}, one a line out.
// The package comes from IPX_DIR/node_modules.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(`${process.env.IPX_DIR}/package.json`))
const sharp = require('sharp')

for await (const line of createInterface({ input: process.stdin })) {
  const { path, width, height } = JSON.parse(line)
  const options = { fit: 'cover', position: sharp.strategy.attention }
  const made = await sharp(path).resize(width, height, options).raw().toBuffer({ resolveWithObject: true })
  const { cropOffsetLeft = 0, cropOffsetTop = 0 } = made.info
  console.log(JSON.stringify({ left: -cropOffsetLeft, top: -cropOffsetTop }))
}
