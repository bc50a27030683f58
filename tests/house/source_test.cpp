// The source text: arrows between folders point one way, and headers are what CONTRIBUTING.md says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/functions.hpp"

namespace {

namespace house = onerun::house;

namespace fs = std::filesystem;

const fs::path kRoot = ONERUN_SOURCE_DIR;

/// Folders, and those that each may include besides itself.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"include", {}},
    {"core", {"include"}},
    {"store", {"include", "core"}},
    {"metrics", {"include", "core"}},
    {"actors", {"include", "core", "store", "metrics"}},
    {"runtime", {"include", "core", "store", "metrics", "actors"}},
    {"examples", {"include"}},
    {"tools", {"include", "core", "store"}},
    {"bench", {"include", "core", "store", "metrics", "actors", "runtime"}},
};

/// Foreign libraries, and the only folders that may include them.
const std::map<std::string, std::set<std::string>> kForeign = {
    {"caf/", {"actors"}},
    {"rocksdb/", {"store", "bench"}},
    {"prometheus/", {"metrics", "examples"}},
    {"spdlog/", {"runtime", "examples"}},
    {"nlohmann/", {"examples", "tools", "bench"}},
    {"CLI/", {"examples", "tools", "bench"}},
};

/// Files that hand over an object of a foreign library: public headers, and the source of one.
const std::set<std::string> kBridges = {"include/onerun/json.hpp", "core/history/json.cpp",
                                        "core/payload_json.cpp", "include/onerun/prometheus.hpp",
                                        "include/onerun/spdlog.hpp"};

struct Include {
  std::string file;  ///< from the root
  int line;
  std::string path;  ///< as written
};

bool is_source(const fs::path& path) {
  return path.extension() == ".hpp" || path.extension() == ".cpp";
}

std::vector<fs::path> sources_in(const std::string& folder) {
  std::vector<fs::path> sources;
  if (!fs::exists(kRoot / folder)) return sources;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    if (is_source(entry.path())) sources.push_back(entry.path());
  }
  return sources;
}

std::vector<Include> includes_in(const std::string& folder) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> includes;
  for (const fs::path& path : sources_in(folder)) {
    std::ifstream in(path);
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      std::smatch match;
      if (std::regex_search(text, match, kInclude)) {
        includes.push_back({fs::relative(path, kRoot).string(), line, match[1]});
      }
    }
  }
  return includes;
}

/// The folder of ours that an include leads into; empty if it is none.
std::string folder_of(const std::string& path) {
  const std::string first = path.substr(0, path.find('/'));
  if (first == "onerun") return "include";
  return kMayInclude.contains(first) ? first : "";
}

/// What is wrong with an include of a folder; empty if nothing is.
std::string problem_with(const std::string& folder, const Include& include) {
  const std::string target = folder_of(include.path);
  if (!target.empty() && target != folder && !kMayInclude.at(folder).contains(target)) {
    return "an arrow from " + folder + " to " + target;
  }
  for (const auto& [prefix, folders] : kForeign) {
    const bool is_bridge = kBridges.contains(include.file);
    if (include.path.starts_with(prefix) && !folders.contains(folder) && !is_bridge) {
      return prefix + " outside of where it lives";
    }
  }
  return "";
}

TEST(Source, PointsItsArrowsOneWay) {
  int includes = 0;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const Include& include : includes_in(folder)) {
      EXPECT_EQ(problem_with(folder, include), "")
          << include.file << ":" << include.line << ": #include " << include.path;
      ++includes;
    }
  }
  EXPECT_GT(includes, 300) << "the sources were found";
}

TEST(Source, WouldNoticeAWrongArrow) {
  EXPECT_NE(problem_with("core", {"core/x.cpp", 1, "store/store.hpp"}), "");
  EXPECT_NE(problem_with("store", {"store/x.cpp", 1, "actors/request.hpp"}), "");
  EXPECT_NE(problem_with("store", {"store/x.cpp", 1, "metrics/metrics.hpp"}), "");
  EXPECT_NE(problem_with("examples", {"examples/x.cpp", 1, "core/keys.hpp"}), "");
  EXPECT_NE(problem_with("runtime", {"runtime/x.cpp", 1, "caf/all.hpp"}), "");
  EXPECT_NE(problem_with("include", {"include/onerun/x.hpp", 1, "rocksdb/db.h"}), "");
  EXPECT_EQ(problem_with("actors", {"actors/x.cpp", 1, "store/store.hpp"}), "");
  EXPECT_EQ(problem_with("core", {"core/x.cpp", 1, "onerun/ids.hpp"}), "");
}

TEST(Source, IncludesDeliberateFaultsInSourcesOnly) {
  // tests/sim/CMakeLists.txt compiles these sources a second time, and no others.
  int sources = 0;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const Include& include : includes_in(folder)) {
      if (include.path != "core/fault.hpp") continue;
      EXPECT_TRUE(include.file.ends_with(".cpp")) << include.file << ":" << include.line;
      ++sources;
    }
  }
  EXPECT_GT(sources, 10) << "the faults were found";
}

TEST(Source, KeepsTheCoreToTheStandardLibrary) {
  for (const Include& include : includes_in("core")) {
    const bool is_ours = !folder_of(include.path).empty();
    const bool is_standard =
        include.path.find('/') == std::string::npos && include.path.find('.') == std::string::npos;
    EXPECT_TRUE(is_ours || is_standard || kBridges.contains(include.file))
        << include.file << ": " << include.path;
  }
}

TEST(Source, KeepsClocksThreadsAndChanceOutOfTheCore) {
  static const std::regex kForbidden(
      R"(std::(thread|mutex|random_device|mt19937)|(system|steady)_clock::now|\brand\()");
  for (const fs::path& path : sources_in("core")) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(std::regex_search(text.str(), kForbidden)) << path;
  }
}

TEST(Source, GuardsEveryHeaderAndSaysWhatEveryFileIs) {
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const fs::path& path : sources_in(folder)) {
      std::ifstream in(path);
      std::string first;
      std::getline(in, first);
      std::stringstream rest;
      rest << "\n" << in.rdbuf();
      if (path.extension() == ".hpp") {
        EXPECT_TRUE(first.starts_with("// ")) << path << " begins with what it is";
        EXPECT_NE(rest.str().find("\n#pragma once\n"), std::string::npos) << path;
      }
    }
  }
}

TEST(Source, HasNoLongTail) {
  constexpr int kLongestFile = 600;
  constexpr std::size_t kLongestLine = 100;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const fs::path& path : sources_in(folder)) {
      std::ifstream in(path);
      std::string text;
      int lines = 0;
      while (std::getline(in, text)) {
        ++lines;
        EXPECT_LE(text.size(), kLongestLine) << path << ":" << lines;
      }
      EXPECT_LE(lines, kLongestFile) << path;
    }
  }
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string text; std::getline(in, text);) lines.push_back(text);
  return lines;
}

/// A ratchet: both numbers may only become smaller.
TEST(Source, KeepsFunctionsShort) {
  constexpr int kLongest = 58;
  constexpr int kLong = 40;
  constexpr int kLongFunctions = 8;
  int functions = 0;
  int long_functions = 0;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const fs::path& path : sources_in(folder)) {
      for (const house::Function& function : house::functions_in(lines_of(path))) {
        EXPECT_LE(function.lines, kLongest) << path << ":" << function.line;
        long_functions += function.lines > kLong ? 1 : 0;
        ++functions;
      }
    }
  }
  EXPECT_LE(long_functions, kLongFunctions);
  EXPECT_GT(functions, 1'000) << "they were found";
}

TEST(Source, TellsWhereAFunctionEnds) {
  const std::vector<std::string> lines = {"int f() {",
                                          "  if (a) {",
                                          "  }",
                                          "}",
                                          "",
                                          "void long_name(int a,",
                                          "               int b) {",
                                          "  g([&] {",
                                          "  });",
                                          "}",
                                          "class A {",
                                          "  int h() const {",
                                          "    return 1;",
                                          "  }",
                                          "};"};
  const auto found = house::functions_in(lines);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].lines, 4);
  EXPECT_EQ(found[1].lines, 4);
  EXPECT_EQ(found[2].lines, 3);
}

/// Lines of the headers of a folder.
int lines_of_headers(const fs::path& folder, const std::string& only_if_in = "") {
  int lines = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!is_source(entry.path())) continue;
    const bool counts = only_if_in.empty() ||
                        only_if_in.find("/" + entry.path().filename().string()) != only_if_in.npos;
    if (!counts) continue;
    std::ifstream in(entry.path());
    for (std::string text; std::getline(in, text);) ++lines;
  }
  return lines;
}

/// Each folder has a bound of its own. Of include/onerun those count that onerun.hpp gives; the
/// bridges to other libraries and what tests need are apart.
TEST(Source, KeepsThePublicHeadersToAnEveningsReading) {
  std::ifstream all(kRoot / "include/onerun/onerun.hpp");
  const std::string included((std::istreambuf_iterator<char>(all)), {});
  EXPECT_LT(lines_of_headers(kRoot / "include/onerun", included), 2'000);
  EXPECT_LT(lines_of_headers(kRoot / "include/onerun/event"), 1'000);
  EXPECT_LT(lines_of_headers(kRoot / "include/onerun/detail"), 500);
  EXPECT_GT(lines_of_headers(kRoot / "include/onerun", included), 1'000) << "they were found";
}

}  // namespace
