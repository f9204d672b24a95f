// Says what AOSP's libziparchive makes of archives, one after another.
//
// Reads paths from standard input, one a line. For each archive it writes
//
//   archive PATH
//   error CODE                    when the library refuses it; else
//   entries COUNT                 as stated by the library
//   entry NAME METHOD COMPRESSED SIZE CRC OFFSET RESULT LENGTH CONTENTS
//                                 in the order of the central directory: the fields as the library
//                                 gives them, then what extraction returned, how many bytes came and
//                                 their CRC-32
//   failed CODE                   for each entry the library lists but does not find
//
// Names are written with every byte outside of [!-~] and every backslash as \xHH.

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <ziparchive/zip_archive.h>

namespace {

// The library's code for the end of an iteration. It is also what extraction returns for a method
// that is neither stored nor deflated.
constexpr int32_t kEnd = -1;

// Contents beyond this are not asked for; the callback stops the extraction.
constexpr uint64_t kMostBytes = 64u << 20;

// CRC-32 (polynomial 0xedb88320, as in ZIP) of what has been added so far.
class Checksum {
 public:
  Checksum() {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0u);
      }
      table_[byte] = value;
    }
  }

  bool Add(const uint8_t* bytes, size_t count) {
    if (length_ + count > kMostBytes) {
      return false;
    }
    for (size_t at = 0; at < count; ++at) {
      state_ = (state_ >> 8) ^ table_[(state_ ^ bytes[at]) & 0xff];
    }
    length_ += count;
    return true;
  }

  void Reset() {
    state_ = ~0u;
    length_ = 0;
  }

  uint32_t value() const { return ~state_; }
  uint64_t length() const { return length_; }

 private:
  uint32_t table_[256];
  uint32_t state_ = ~0u;
  uint64_t length_ = 0;
};

bool AddToChecksum(const uint8_t* bytes, size_t count, void* checksum) {
  return static_cast<Checksum*>(checksum)->Add(bytes, count);
}

struct Found {
  std::string_view name;  // lies in the central directory, so its address gives the order
  ZipEntry entry;
};

void PrintName(std::string_view name) {
  for (unsigned char byte : name) {
    if (byte < '!' || byte > '~' || byte == '\\') {
      printf("\\x%02x", byte);
    } else {
      putchar(byte);
    }
  }
}

void PrintEntries(ZipArchiveHandle archive, Checksum* checksum) {
  std::vector<Found> found;
  std::vector<int32_t> failed;
  void* cookie = nullptr;
  if (StartIteration(archive, &cookie) == 0) {
    for (;;) {
      Found next{};
      const int32_t code = Next(cookie, &next.entry, &next.name);
      if (code == kEnd) {
        break;
      }
      if (code != 0) {
        failed.push_back(code);
      } else {
        found.push_back(next);
      }
    }
    EndIteration(cookie);
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.name.data() < b.name.data(); });
  for (Found& one : found) {
    ZipEntry& entry = one.entry;
    checksum->Reset();
    const int32_t result = ProcessZipEntryContents(archive, &entry, AddToChecksum, checksum);
    printf("entry ");
    PrintName(one.name);
    printf(" %u %u %u %08x %" PRId64 " %d %" PRIu64 " %08x\n", entry.method, entry.compressed_length,
           entry.uncompressed_length, entry.crc32, static_cast<int64_t>(entry.offset), result,
           checksum->length(), checksum->value());
  }
  for (int32_t code : failed) {
    printf("failed %d\n", code);
  }
}

}  // namespace

int main() {
  Checksum checksum;
  std::string path;
  while (std::getline(std::cin, path)) {
    printf("archive %s\n", path.c_str());
    ZipArchiveHandle archive = nullptr;
    const int32_t code = OpenArchive(path.c_str(), &archive);
    if (code != 0) {
      printf("error %d\n", code);
    } else {
      printf("entries %zu\n", GetArchiveInfo(archive).entry_count);
      PrintEntries(archive, &checksum);
    }
    CloseArchive(archive);
    fflush(stdout);
  }
  return 0;
}
