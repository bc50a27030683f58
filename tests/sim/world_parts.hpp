// What the files of the world share.
#pragma once

#include "onerun/run.hpp"

namespace onerun::sim {

inline const NamespaceName kNamespace("sim");
inline const NamespaceName kOther("other");

}  // namespace onerun::sim
