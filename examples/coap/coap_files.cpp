// SPDX-License-Identifier: Apache-2.0
// Serves a tree of `tmd publish` by CoAP, and nothing but its files: it keeps no state. p/CHANNEL/BUCKET/BASE is the
// patch that the pointer there names, with the patch's identity as its ETag; whole blocks (RFC 7959) of the size that is
// asked for, 1024 bytes at most.
// usage: coap_files [-l LOSS] TREE PORT
//   -l  the share of its own messages that libcoap shall lose, "10%": for tests
#include <arpa/inet.h>
#include <coap3/coap.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "../linux_link/published_tree.hpp"

namespace {

std::string tree;

/// The path of the request; empty where a part of it could lead out of the tree.
std::string path_of(const coap_pdu_t* request) {
  std::string path;
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_PATH);
  coap_option_iterator_init(request, &iterator, &filter);
  while (const coap_opt_t* option = coap_option_next(&iterator)) {
    const std::string part(reinterpret_cast<const char*>(coap_opt_value(option)), coap_opt_length(option));
    for (const char c : part) {
      const bool is_plain =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
      if (!is_plain) return "";
    }
    if (part.empty()) return "";
    path += "/" + part;
  }
  return path;
}

/// Bytes of a patch, and how long all of it is.
struct Piece {
  std::string bytes;
  std::size_t total = 0;
};

bool read_piece(const std::string& name, std::size_t offset, std::size_t size, Piece& piece) {
  std::ifstream file(name, std::ios::binary | std::ios::ate);
  if (!file) return false;
  piece.total = static_cast<std::size_t>(file.tellg());
  if (offset >= piece.total) return false;
  piece.bytes.resize(size < piece.total - offset ? size : piece.total - offset);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(piece.bytes.data(), static_cast<std::streamsize>(piece.bytes.size()));
  return static_cast<bool>(file);
}

std::string pointer_at(const std::string& place) {
  std::ifstream file(tree + "/c" + place, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void add_number(coap_pdu_t* answer, coap_option_num_t option, std::uint32_t number) {
  std::uint8_t bytes[4];
  coap_add_option(answer, option, coap_encode_var_safe(bytes, sizeof(bytes), number), bytes);
}

void add_identity(coap_pdu_t* answer, const std::string& pointer) {
  const std::uint32_t identity =
      static_cast<std::uint32_t>(std::strtoul(pointer_field(pointer, "i").c_str(), nullptr, 16));
  const std::uint8_t bytes[4] = {
      static_cast<std::uint8_t>(identity >> 24), static_cast<std::uint8_t>(identity >> 16),
      static_cast<std::uint8_t>(identity >> 8), static_cast<std::uint8_t>(identity)};
  coap_add_option(answer, COAP_OPTION_ETAG, sizeof(bytes), bytes);
}

void answer_get(coap_resource_t*, coap_session_t*, const coap_pdu_t* request, const coap_string_t*,
                coap_pdu_t* answer) {
  const std::string path = path_of(request);
  const std::string pointer = path.rfind("/p/", 0) == 0 ? pointer_at(path.substr(2)) : "";
  if (pointer.empty()) return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_NOT_FOUND);
  coap_block_t block = {};
  block.szx = 6;
  if (coap_get_block(request, COAP_OPTION_BLOCK2, &block) != 0 && block.szx > 6)
    return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_BAD_OPTION);
  const std::size_t size = std::size_t{16} << block.szx;
  Piece piece;
  if (!read_piece(tree + "/o/" + pointer_field(pointer, "o"), block.num * size, size, piece))
    return coap_pdu_set_code(answer, COAP_RESPONSE_CODE_BAD_OPTION);
  const bool has_more = block.num * size + piece.bytes.size() < piece.total;
  coap_pdu_set_code(answer, COAP_RESPONSE_CODE_CONTENT);
  add_identity(answer, pointer);
  add_number(answer, COAP_OPTION_MAXAGE, 60);
  add_number(answer, COAP_OPTION_BLOCK2, block.num << 4 | (has_more ? 8U : 0U) | block.szx);
  if (block.num == 0) add_number(answer, COAP_OPTION_SIZE2, static_cast<std::uint32_t>(piece.total));
  coap_add_data(answer, piece.bytes.size(), reinterpret_cast<const std::uint8_t*>(piece.bytes.data()));
}

}  // namespace

int main(int count, char** arguments) {
  const char* loss = nullptr;
  for (int option = 0; (option = ::getopt(count, arguments, "l:")) != -1;) {
    if (option != 'l') return 2;
    loss = optarg;
  }
  if (count - optind != 2) {
    std::fputs("usage: coap_files [-l LOSS] TREE PORT\n", stderr);
    return 2;
  }
  tree = arguments[optind];
  coap_startup();
  coap_address_t own;
  coap_address_init(&own);
  own.size = sizeof(own.addr.sin);
  own.addr.sin.sin_family = AF_INET;
  own.addr.sin.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[optind + 1])));
  own.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // a product listens where its devices are
  coap_context_t* context = coap_new_context(nullptr);
  if (context == nullptr || coap_new_endpoint(context, &own, COAP_PROTO_UDP) == nullptr) {
    std::fprintf(stderr, "coap_files: cannot listen on port %s\n", arguments[optind + 1]);
    return 3;
  }
  if (loss != nullptr) coap_debug_set_packet_loss(loss);
  // Every path that has no resource of its own: all of them. Only GET is answered.
  coap_resource_t* files = coap_resource_unknown_init(nullptr);
  coap_register_request_handler(files, COAP_REQUEST_GET, answer_get);
  coap_add_resource(context, files);
  for (;;) coap_io_process(context, COAP_IO_WAIT);
}
