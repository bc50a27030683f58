// A figure: what a row comes to, with what there is to know beside it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace onerun::bench {

/// `row`: one that is known to figure.cpp, with its unit and its target.
struct Figure {
  std::string row;
  double value;
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
};

using Figures = std::vector<Figure>;

/// As a line of JSON: row, what, value, unit, targets and which way is better, then the
/// details.
std::string to_line(const Figure& figure);

}  // namespace onerun::bench
