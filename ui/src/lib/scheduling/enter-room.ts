/** Into a visit by video. The window opens with the click, as browsers want it, and goes where the answer says. @throws as `way` */
export async function enterRoom(way: () => Promise<string>): Promise<void> {
  const room = window.open('', '_blank');
  if (room) room.opener = null;
  try {
    const url = await way();
    if (room) room.location.replace(url);
    else location.assign(url);
  } catch (error) {
    room?.close();
    throw error;
  }
}
