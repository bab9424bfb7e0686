// ipx as a server: node ipx.mjs FOLDER PORT. The packages come from IPX_DIR/node_modules.
// The encoders are set as in the other servers; ipx itself only knows of the quality.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(`${process.env.IPX_DIR}/package.json`))
const { createIPX, createIPXNodeServer, ipxFSStorage } = require('ipx')
const sharpOptions = {
  jpegProgressive: false,
  heifEffort: 9 - Number(process.env.AVIF_SPEED),
  heifChromaSubsampling: '4:2:0',
}
const ipx = createIPX({ storage: ipxFSStorage({ dir: process.argv[2] }), sharpOptions })
const answer = createIPXNodeServer(ipx)
createServer((request, response) => {
  if (request.url === '/healthcheck') {
    response.end('WORKING')
    return
  }
  answer(request, response)
}).listen(Number(process.argv[3]), '127.0.0.1')
