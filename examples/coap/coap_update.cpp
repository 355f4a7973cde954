// SPDX-License-Identifier: Apache-2.0
// A Linux board, or a gateway, that takes an update by CoAP: block by block (RFC 7959, Block2), each asked for when the
// one before it is in the flash. It asks for p/CHANNEL/BUCKET/BASE: the patch that a device with its model takes
// (docs/publish.md). The answer's ETag is the patch's identity: an interrupted update of it goes on, another begins.
// Killed at any time and started again it goes on where it was. One run does one update and keeps the model of the run
// before; exit status 0 also where there is nothing to do.
// usage: coap_update [-b BLOCK] [-t SECONDS] [-l LOSS] FLASH ADDRESS PORT CHANNEL DEVICE
//   -b  bytes a block: 16, 32, 64 (default), 128, 256, 512 or 1024
//   -t  until an answer counts as lost (default 2, 1 to 60); doubled with each of libcoap's four repetitions
//   -l  the share of its own messages that libcoap shall lose, "10%": for tests
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "../linux_link/linux_device.hpp"
#include "../linux_link/published_tree.hpp"

namespace {

/// Answers in a row that bring no byte of the patch: more of them, and the server is no good one.
constexpr unsigned kMostIdle = 16;

struct Options {
  unsigned block_exponent = 2;  ///< Blocks of 2^(4 + this) bytes, as the Block2 option has it.
  unsigned patience = 2;        ///< In seconds: libcoap takes no fraction of the first.
  const char* loss = nullptr;
  const char* flash = nullptr;
  const char* address = nullptr;
  const char* port = nullptr;
  const char* channel = nullptr;
  const char* device = nullptr;
};

LinuxDevice device;

/// The download as it goes. libcoap's handlers get no pointer of ours: one object.
struct Download {
  enum class End { no, nothing_to_do, refused, no_answer, brings_nothing };

  tmd::Status status = tmd::Status::need_more;
  End end = End::no;
  bool has_answer = false;      ///< To the request that was sent last.
  bool knows_identity = false;  ///< An answer had it, and the update that is open is this patch's.
  std::uint32_t identity = 0;
  unsigned token = 0;
  unsigned requests = 0;
  unsigned code = 0;  ///< Of a refusal.
  unsigned idle = 0;  ///< Answers in a row that brought nothing.
};
Download download;

/// The patch's identity out of the answer's ETag; false where the server gives none of this form: then the digests say
/// at the end whether all blocks were of one patch.
bool read_identity(const coap_pdu_t* answer, std::uint32_t& identity) {
  coap_opt_iterator_t iterator;
  const coap_opt_t* option = coap_check_option(answer, COAP_OPTION_ETAG, &iterator);
  if (option == nullptr || coap_opt_length(option) != 4) return false;
  identity = coap_decode_var_bytes(coap_opt_value(option), 4);
  return true;
}

/// Whether the block belongs to the update that is open. Where it does not a new one is begun, and the block is not its
/// first, as a rule.
void open_for(std::uint32_t identity) {
  if (download.knows_identity && download.identity == identity) return;
  const bool goes_on = !download.knows_identity && device.updater().is_open() &&
                       device.store().snapshot().update_identity == identity;
  if (!goes_on && device.updater().resume_offset() != 0) download.status = device.begin_update();
  if (download.status == tmd::Status::ok) download.status = tmd::Status::need_more;
  download.knows_identity = true;
  download.identity = identity;
}

void feed(std::uint32_t offset, tmd::ConstBytes bytes) {
  download.status = device.feed(offset, bytes);
  // A block from further on: the next request says from where.
  if (download.status == tmd::Status::offset_gap) download.status = tmd::Status::need_more;
}

/// Whether the refusal only says that the patch has no such block (RFC 7959): it is another one than was interrupted,
/// and shorter. Then a new update is begun, from the first block on.
bool begins_anew(unsigned code) {
  const bool has_no_block = code == COAP_RESPONSE_CODE_BAD_OPTION || code == COAP_RESPONSE_CODE_BAD_REQUEST;
  if (!has_no_block || device.updater().resume_offset() == 0) return false;
  const tmd::Status status = device.begin_update();
  if (status != tmd::Status::ok) download.status = status;
  return true;
}

coap_response_t take_answer(coap_session_t*, const coap_pdu_t*, const coap_pdu_t* answer, const coap_mid_t) {
  const coap_bin_const_t token = coap_pdu_get_token(answer);
  if (coap_decode_var_bytes(token.s, token.length) != download.token) return COAP_RESPONSE_OK;  // a late one
  download.has_answer = true;
  const unsigned code = coap_pdu_get_code(answer);
  if (COAP_RESPONSE_CLASS(code) != 2) {
    if (begins_anew(code)) return COAP_RESPONSE_OK;
    download.code = code;
    download.end =
        code == COAP_RESPONSE_CODE_NOT_FOUND ? Download::End::nothing_to_do : Download::End::refused;
    return COAP_RESPONSE_OK;
  }
  std::uint32_t identity = 0;
  if (read_identity(answer, identity)) open_for(identity);
  coap_block_t block = {};
  std::size_t size = 0;
  const std::uint8_t* bytes = nullptr;
  (void)coap_get_block(answer, COAP_OPTION_BLOCK2, &block);
  const std::uint32_t before = device.updater().resume_offset();
  if (download.status == tmd::Status::need_more && coap_get_data(answer, &size, &bytes) != 0)
    feed(block.num << (block.szx + 4), tmd::ConstBytes(bytes, size));
  download.idle = device.updater().resume_offset() > before ? 0 : download.idle + 1;
  if (download.idle > kMostIdle && download.status == tmd::Status::need_more)
    download.end = Download::End::brings_nothing;
  return COAP_RESPONSE_OK;
}

void take_failure(coap_session_t*, const coap_pdu_t*, const coap_nack_reason_t, const coap_mid_t) {
  download.has_answer = true;
  download.end = Download::End::no_answer;
}

void add_path(coap_pdu_t* request, const std::string& path) {
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = path.find('/', at);
    if (end == std::string::npos) end = path.size();
    coap_add_option(request, COAP_OPTION_URI_PATH, end - at,
                    reinterpret_cast<const std::uint8_t*>(path.data()) + at);
    at = end + 1;
  }
}

bool ask(coap_session_t* session, const std::string& path, const Options& options) {
  coap_pdu_t* request = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  if (request == nullptr) return false;
  std::uint8_t bytes[4];
  coap_add_token(request, coap_encode_var_safe(bytes, sizeof(bytes), ++download.token), bytes);
  add_path(request, path);
  const unsigned number = device.updater().resume_offset() >> (options.block_exponent + 4);
  coap_add_option(request, COAP_OPTION_BLOCK2,
                  coap_encode_var_safe(bytes, sizeof(bytes), number << 4 | options.block_exponent), bytes);
  download.has_answer = false;
  ++download.requests;
  return coap_send(session, request) != COAP_INVALID_MID;
}

coap_session_t* open_session(coap_context_t* context, const Options& options) {
  coap_address_t server;
  coap_address_init(&server);
  server.size = sizeof(server.addr.sin);
  server.addr.sin.sin_family = AF_INET;
  server.addr.sin.sin_port = htons(port_in(options.port));
  if (::inet_pton(AF_INET, options.address, &server.addr.sin.sin_addr) != 1) return nullptr;
  coap_session_t* session = coap_new_client_session(context, nullptr, &server, COAP_PROTO_UDP);
  if (session == nullptr) return nullptr;
  coap_session_set_ack_timeout(session, {static_cast<std::uint16_t>(options.patience), 0});
  return session;
}

void run(coap_context_t* context, coap_session_t* session, const Options& options) {
  coap_register_response_handler(context, take_answer);
  coap_register_nack_handler(context, take_failure);
  if (options.loss != nullptr) coap_debug_set_packet_loss(options.loss);
  const std::string path = "p/" + pointer_place(options.channel, options.device, device.store().active());
  while (download.status == tmd::Status::need_more && download.end == Download::End::no) {
    if (!ask(session, path, options)) download.end = Download::End::no_answer;
    while (!download.has_answer && download.end == Download::End::no) coap_io_process(context, 1000);
  }
  if (download.status == tmd::Status::ready_to_finish) download.status = device.finish();
}

int report() {
  switch (download.end) {
    case Download::End::nothing_to_do:
      std::puts("nothing to do");
      return 0;
    case Download::End::refused:
      std::fprintf(stderr, "coap_update: the server answered %u.%02u\n", download.code >> 5,
                   download.code & 31);
      return 3;
    case Download::End::no_answer:
      std::fputs("coap_update: the server does not answer\n", stderr);
      return 3;
    case Download::End::brings_nothing:
      std::fprintf(stderr, "coap_update: %u answers brought nothing of the patch\n", download.idle);
      return 3;
    case Download::End::no:
      break;
  }
  std::printf("update: %s, %u requests\n", tmd::to_string(download.status), download.requests);
  return download.status == tmd::Status::ok ? 0 : 3;
}

bool read_options(int count, char** arguments, Options& options) {
  for (int option = 0; (option = ::getopt(count, arguments, "b:t:l:")) != -1;) {
    if (option == 'b') {
      const int size = std::atoi(optarg);
      for (options.block_exponent = 0; options.block_exponent < 7; ++options.block_exponent)
        if (16 << options.block_exponent == size) break;
      if (options.block_exponent == 7) return false;
    } else if (option == 't') {
      const int seconds = std::atoi(optarg);
      if (seconds < 1 || seconds > 60) return false;
      options.patience = static_cast<unsigned>(seconds);
    } else if (option == 'l') {
      options.loss = optarg;
    } else {
      return false;
    }
  }
  if (count - optind != 5 || port_in(arguments[optind + 2]) == 0) return false;
  options.flash = arguments[optind];
  options.address = arguments[optind + 1];
  options.port = arguments[optind + 2];
  options.channel = arguments[optind + 3];
  options.device = arguments[optind + 4];
  return true;
}

/// Opens the update that was interrupted, or a new one.
tmd::Status start() {
  const tmd::Status kept = device.keep_model();
  if (kept != tmd::Status::ok) return kept;
  const tmd::Status status = tmd::until_done([] { return device.updater().resume(); });
  return tmd::is_error(status) ? device.begin_update() : status;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  if (!read_options(count, arguments, options)) {
    std::fputs("usage: coap_update [-b BLOCK] [-t SECONDS] [-l LOSS] FLASH ADDRESS PORT CHANNEL DEVICE\n",
               stderr);
    return 2;
  }
  if (!device.start("coap_update", options.flash)) return 3;
  const tmd::Status started = start();
  if (tmd::is_error(started)) {
    std::fprintf(stderr, "coap_update: %s\n", tmd::to_string(started));
    return 3;
  }
  std::printf("from patch byte %u\n", static_cast<unsigned>(device.updater().resume_offset()));
  std::fflush(stdout);
  coap_startup();
  coap_context_t* context = coap_new_context(nullptr);
  coap_session_t* session = context == nullptr ? nullptr : open_session(context, options);
  if (session == nullptr) {
    std::fprintf(stderr, "coap_update: no way to %s port %s\n", options.address, options.port);
    return 3;
  }
  run(context, session, options);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return report();
}
